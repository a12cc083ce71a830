/** The staff's page. */

import "../styles/base.css";
import { RouterProvider } from "@tanstack/react-router";
import { createAppQueryClient } from "../api/queries";
import { Gate } from "./gate";
import { mount } from "./mount";
import { Providers } from "./providers";
import { createAppRouter } from "./router";

mount(
  <Providers areas={["common", "staff"]} queryClient={createAppQueryClient()}>
    <Gate>
      <RouterProvider router={createAppRouter()} />
    </Gate>
  </Providers>,
);
