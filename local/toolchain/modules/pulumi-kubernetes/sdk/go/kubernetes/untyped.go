// Package kubernetes is what the provider itself needs of its own Go SDK, and no more. The whole SDK has a Go type for every
// field of every kind of the API and takes longer to compile than the provider; the provider only registers YAML objects with it.
package kubernetes

import "reflect"

// UntypedArgs is a Kubernetes object as the engine takes it: its fields by name.
type UntypedArgs map[string]any

// ElementType makes UntypedArgs a pulumi.Input.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeOf((*map[string]any)(nil)).Elem()
}
