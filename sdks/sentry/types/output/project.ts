export interface KeyJavascriptLoaderScript {
  browserSdkVersion?: string;
  debugEnabled?: boolean;
  performanceMonitoringEnabled?: boolean;
  sessionReplayEnabled?: boolean;
}

export interface ProjectClientSecurity {
  allowedDomains?: string[];
  scrapeJavascript?: boolean;
  securityToken?: string;
  securityTokenHeader?: string;
  verifyTlsSsl?: boolean;
}

export interface ProjectFilters {
  blacklistedIps?: string[];
  errorMessages?: string[];
  releases?: string[];
}
