package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/yannh/kubeconform/pkg/validator"
	"sigs.k8s.io/yaml"
)

// kubernetesVersion is that of schemas/kubernetes.json and of what ./dev kubernetes-test runs.
const kubernetesVersion = "1.31.4"

// SchemaSet is a file of schemas/: which kind (as kubeconform names it) is which definition.
type SchemaSet struct {
	Source      string         `json:"source"`
	Kinds       map[string]any `json:"kinds"`
	Definitions map[string]any `json:"definitions"`
}

// Of the API server's own description these kinds are kept, with all that they refer to.
var kindsOfKubernetes = map[string]string{
	"configmap-v1":                  "io.k8s.api.core.v1.ConfigMap",
	"cronjob-batch-v1":              "io.k8s.api.batch.v1.CronJob",
	"daemonset-apps-v1":             "io.k8s.api.apps.v1.DaemonSet",
	"deployment-apps-v1":            "io.k8s.api.apps.v1.Deployment",
	"ingress-networking-v1":         "io.k8s.api.networking.v1.Ingress",
	"job-batch-v1":                  "io.k8s.api.batch.v1.Job",
	"networkpolicy-networking-v1":   "io.k8s.api.networking.v1.NetworkPolicy",
	"persistentvolumeclaim-v1":      "io.k8s.api.core.v1.PersistentVolumeClaim",
	"poddisruptionbudget-policy-v1": "io.k8s.api.policy.v1.PodDisruptionBudget",
	"role-rbac-v1":                  "io.k8s.api.rbac.v1.Role",
	"rolebinding-rbac-v1":           "io.k8s.api.rbac.v1.RoleBinding",
	"secret-v1":                     "io.k8s.api.core.v1.Secret",
	"service-v1":                    "io.k8s.api.core.v1.Service",
	"serviceaccount-v1":             "io.k8s.api.core.v1.ServiceAccount",
	"statefulset-apps-v1":           "io.k8s.api.apps.v1.StatefulSet",
	"validatingadmissionpolicy-admissionregistration-v1":        "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
	"validatingadmissionpolicybinding-admissionregistration-v1": "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
}

// kubernetesSchemas takes what is needed out of api/openapi-spec/swagger.json of k8s.io/kubernetes.
func kubernetesSchemas(swagger string) (SchemaSet, error) {
	content, err := os.ReadFile(swagger)
	if err != nil {
		return SchemaSet{}, err
	}
	var whole struct {
		Definitions map[string]map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(content, &whole); err != nil {
		return SchemaSet{}, err
	}
	set := SchemaSet{"k8s.io/kubernetes v" + kubernetesVersion + ", api/openapi-spec/swagger.json, Apache-2.0",
		map[string]any{}, map[string]any{}}
	var take func(name string) error
	take = func(name string) error {
		if set.Definitions[name] != nil {
			return nil
		}
		definition, is := whole.Definitions[name]
		if !is {
			return fmt.Errorf("%s has no definition %s", swagger, name)
		}
		tightened := tighten(definition).(map[string]any)
		switch {
		case strings.HasSuffix(name, ".IntOrString"):
			tightened = map[string]any{"type": []any{"integer", "string"}}
		case strings.HasSuffix(name, ".Quantity"):
			tightened = map[string]any{"type": []any{"number", "string"}}
		}
		set.Definitions[name] = tightened
		for _, other := range references(tightened) {
			if err := take(other); err != nil {
				return err
			}
		}
		return nil
	}
	for kind, name := range kindsOfKubernetes {
		set.Kinds[kind] = name
		if err := take(name); err != nil {
			return SchemaSet{}, err
		}
	}
	return set, nil
}

// resourceSchemas makes the same of the files of custom resource definitions.
func resourceSchemas(source string, files []string) (SchemaSet, error) {
	set := SchemaSet{source, map[string]any{}, map[string]any{}}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return set, err
		}
		var definition struct {
			Spec struct {
				Group string `json:"group"`
				Names struct {
					Kind string `json:"kind"`
				} `json:"names"`
				Versions []struct {
					Name   string `json:"name"`
					Schema struct {
						OpenAPI map[string]any `json:"openAPIV3Schema"`
					} `json:"schema"`
				} `json:"versions"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal(content, &definition); err != nil {
			return set, fmt.Errorf("%s: %w", file, err)
		}
		for _, version := range definition.Spec.Versions {
			name := definition.Spec.Names.Kind + "." + version.Name
			group, _, _ := strings.Cut(definition.Spec.Group, ".")
			set.Kinds[strings.ToLower(definition.Spec.Names.Kind)+"-"+group+"-"+version.Name] = name
			set.Definitions[name] = tighten(version.Schema.OpenAPI)
		}
	}
	return set, nil
}

// tighten makes a JSON schema of OpenAPI's: unknown fields are refused, as the API server does for kubectl, and what only
// people read is left out.
func tighten(value any) any {
	switch found := value.(type) {
	case []any:
		for index := range found {
			found[index] = tighten(found[index])
		}
		return found
	case map[string]any:
		return tightenSchema(found)
	}
	return value
}

func tightenSchema(schema map[string]any) map[string]any {
	result := map[string]any{}
	for key, value := range schema {
		switch key {
		case "description", "format", "default", "externalDocs", "example":
			if _, isText := value.(string); isText || key != "description" {
				continue
			}
		case "properties":
			properties := map[string]any{}
			for name, property := range value.(map[string]any) {
				properties[name] = tighten(property)
			}
			result[key] = properties
			continue
		}
		if !strings.HasPrefix(key, "x-kubernetes-") {
			result[key] = tighten(value)
		}
	}
	if schema["x-kubernetes-int-or-string"] == true {
		delete(result, "anyOf")
		result["type"] = []any{"integer", "string"}
	}
	if kind, isText := result["type"].(string); isText && schema["nullable"] == true {
		result["type"] = []any{kind, "null"}
	}
	delete(result, "nullable")
	_, hasProperties := result["properties"]
	_, saysMore := result["additionalProperties"]
	if hasProperties && !saysMore && schema["x-kubernetes-preserve-unknown-fields"] != true {
		result["additionalProperties"] = false
	}
	return result
}

func references(value any) []string {
	var found []string
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			found = append(found, references(item)...)
		}
	case map[string]any:
		for key, item := range value {
			if name, isText := item.(string); isText && key == "$ref" {
				found = append(found, strings.TrimPrefix(name, "#/definitions/"))
			} else {
				found = append(found, references(item)...)
			}
		}
	}
	return found
}

// newValidator lays the kinds of all sets out, each a file of its own as kubeconform wants it.
func newValidator(folder string, sets []string) (validator.Validator, error) {
	for _, file := range sets {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var set SchemaSet
		if err := json.Unmarshal(content, &set); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for kind, name := range set.Kinds {
			schema, err := json.Marshal(map[string]any{
				"$schema": "http://json-schema.org/draft-07/schema#",
				"allOf":   []any{map[string]any{"$ref": "#/definitions/" + name.(string)}}, "definitions": set.Definitions})
			if err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(folder, kind+".json"), schema, 0o644); err != nil {
				return nil, err
			}
		}
	}
	location := filepath.Join(folder, "{{ .ResourceKind }}{{ .KindSuffix }}.json")
	return validator.New([]string{location}, validator.Opts{Strict: true, KubernetesVersion: kubernetesVersion})
}

// validate says what is wrong with an object; nil where nothing is. A kind without a schema is wrong, too.
func validate(check validator.Validator, object Object) error {
	content, err := yaml.Marshal(object)
	if err != nil {
		return err
	}
	for _, result := range check.Validate(object.Name(), io.NopCloser(strings.NewReader(string(content)))) {
		switch result.Status {
		case validator.Valid:
		case validator.Empty:
			return fmt.Errorf("%s %s is empty", object.Kind(), object.Name())
		default:
			return fmt.Errorf("%s %s: %v", object.Kind(), object.Name(), result.Err)
		}
	}
	return nil
}
