import { wireConformance } from "./conformance.testing.ts";

wireConformance("ws");
