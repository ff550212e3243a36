export { Mesh } from "./mesh.ts";
export { placeOf } from "./place.ts";
export { gossipMesh } from "./router.ts";
