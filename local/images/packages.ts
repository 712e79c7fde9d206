/** Debian packages that image builds need on this machine, and what each is for. The toolchain installs what is missing. */
export const imagePackages = [
  "buildah", // builds Dockerfiles without a daemon
  "mmdebstrap", // makes the Debian root; faster than debootstrap and needs no script of the release
  "debian-archive-keyring", // checks the release's signature
  "util-linux", // unshare, setpriv
] as const;
