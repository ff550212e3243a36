export { demandEmpty, demandHome, type Home, homeAt, HomeError, HomeInUse, isHome } from "./home.ts";
