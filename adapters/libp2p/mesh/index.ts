export { Mesh } from "./mesh.ts";
export { networkOf, placeOf } from "./place.ts";
export { asRouter, gossipMesh, TOPIC } from "./router.ts";
