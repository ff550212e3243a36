import { wireConformance } from "./conformance.testing.ts";

wireConformance("webrtc-direct");
