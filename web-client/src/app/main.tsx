/** The staff's page. */

import "../styles/base.css";
import { createAppQueryClient } from "../api/queries";
import { mount } from "./mount";
import { Providers } from "./providers";

mount(
  <Providers areas={["common", "staff"]} queryClient={createAppQueryClient()}>
    <p>Bega</p>
  </Providers>,
);
