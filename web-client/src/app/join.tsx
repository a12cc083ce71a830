/** The page behind a personal invitation link. */

import "../styles/base.css";
import { createAppQueryClient } from "../api/queries";
import { actAsBefore } from "../api/sign-in";
import { JoinPage } from "../join/join-page";
import { mount } from "./mount";
import { Providers } from "./providers";

actAsBefore("staff");
mount(
  <Providers areas={["common", "call"]} queryClient={createAppQueryClient()}>
    <JoinPage />
  </Providers>,
);
