export { NodeService } from "./node-service.ts";
