/** The scripts that stand in the pages themselves and may run: Docusaurus' choice of the colour scheme before the first paint. */
export const scriptHashes: readonly string[] = ["sha256-njRvBeIFXL2TGitlL+7f0/8fUMGVG6BvuEBDaxpKb/o="];
