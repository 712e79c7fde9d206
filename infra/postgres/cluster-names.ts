/** Name of the database cluster, and start of the names of those that are recovered from its archive. */
export const clusterName = "postgres";
/** Name of the `ObjectStore` that the cluster archives into. */
export const archiveName = "point-in-time";
/** Name of the cluster that a drill recovers from the archive: fixed, so that a right on it is a right on no other. */
export const drillClusterName = `${clusterName}-drill`;
/** Label of the pods and objects of recovered clusters; network policies find the pods by it. */
export const recoveryLabel = { "golive.dev/point-in-time": "recovery" } as const;
/** The same for a drill, which a restore must not take for a leftover of its own. */
export const drillLabel = { "golive.dev/point-in-time": "drill" } as const;
