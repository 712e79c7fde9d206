export { type Archive, type BuildOptions, ensureArchives } from "./archives.ts";
export { type ClusterImageOptions, ensureImages } from "./ensure-images.ts";
export { type BaseName, type ImageName, imageNames, images } from "./images.ts";
export { type ContextImageOptions, loadIntoContext, takesImages } from "./load-into-context.ts";
export { imagePackages } from "./packages.ts";
