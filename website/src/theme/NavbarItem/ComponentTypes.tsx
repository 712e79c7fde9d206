import ComponentTypes from "@theme-original/NavbarItem/ComponentTypes";
import { EnvironmentSwitcher } from "../../environment/Switcher.tsx";

export default { ...ComponentTypes, "custom-environment": EnvironmentSwitcher };
