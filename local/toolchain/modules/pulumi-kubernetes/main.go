// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its Go module: the module has the code but
// not the two embedded files of the release build, so its schema and mapping are copied beside this file before the build.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

// version is what the provider answers to the engine; set at build time.
var version = "4.24.0"

func main() {
	provider.Serve("kubernetes", version, schema, mapping)
}
