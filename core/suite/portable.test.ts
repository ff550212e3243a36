import { coinConformance, suiteConformance } from "./conformance.testing.ts";
import { portableSuite } from "./portable.ts";

suiteConformance("portable", portableSuite);
coinConformance("portable", portableSuite);
