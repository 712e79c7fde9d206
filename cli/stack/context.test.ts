import { expect, test } from "vitest";
import { refusal } from "./context.ts";

test.each([
  ["golive", "https://172.30.0.2:6443"],
  ["golive-test", "https://172.30.1.2:6443"],
  ["kind-golive", "https://127.0.0.1:40123"],
  ["k3d-dev", "https://0x7f.1:6443"],
  ["docker-desktop", "https://kubernetes.docker.internal:6443"],
  ["minikube", "https://192.168.49.2:8443"],
  ["kind-six", "https://[::1]:6443"],
  ["colima", "https://10.1.2.3:6443"],
])("local may run against %s at %s", (context, server) => {
  expect(refusal(context, server)).toBeUndefined();
});

test.each([
  ["arn:aws:eks:eu-central-1:111122223333:cluster/prod", "https://10.0.0.4", "is not the name of a local cluster"],
  ["prod", "https://127.0.0.1:6443", "is not the name of a local cluster"],
  ["golive.prod", "https://127.0.0.1:6443", "is not the name of a local cluster"],
  ["minikube-prod", "https://127.0.0.1:6443", "is not the name of a local cluster"],
  ["kind-prod", "https://203.0.113.9:6443", "its server 203.0.113.9 is neither"],
  ["kind-prod", "https://172.32.0.1:6443", "its server 172.32.0.1 is neither"],
  ["kind-prod", "https://abc.gr7.eu-central-1.eks.amazonaws.com", "eks.amazonaws.com is neither"],
  ["golive", "https://localhost.example.com:6443", "its server localhost.example.com is neither"],
  ["golive", "https://127.0.0.1.example.com:6443", "its server 127.0.0.1.example.com is neither"],
  ["golive", "", '"" is not the address'],
])("local is refused %s at %s", (context, server, why) => {
  expect(refusal(context, server)).toContain(why);
});
