import type * as pulumi from "@pulumi/pulumi";

export interface KeyJavascriptLoaderScript {
  browserSdkVersion?: pulumi.Input<string>;
  debugEnabled?: pulumi.Input<boolean>;
  performanceMonitoringEnabled?: pulumi.Input<boolean>;
  sessionReplayEnabled?: pulumi.Input<boolean>;
}

export interface ProjectClientSecurity {
  allowedDomains?: pulumi.Input<pulumi.Input<string>[]>;
  scrapeJavascript?: pulumi.Input<boolean>;
  securityToken?: pulumi.Input<string>;
  securityTokenHeader?: pulumi.Input<string>;
  verifyTlsSsl?: pulumi.Input<boolean>;
}

export interface ProjectFilters {
  blacklistedIps?: pulumi.Input<pulumi.Input<string>[]>;
  errorMessages?: pulumi.Input<pulumi.Input<string>[]>;
  releases?: pulumi.Input<pulumi.Input<string>[]>;
}
