// Renders and checks the chart of deploy/kubernetes, with Helm's and kubeconform's own packages: what of them is needed
// builds in a fraction of the time of the two programs.
//
//	chart template CHART [-namespace N] [-values FILE]… [-set NAME=VALUE]…   objects as JSON, one a line
//	chart objects FILE…                                                      the same of files of YAML
//	chart manifests CHART EXAMPLE FOLDER                                     plain manifests, a file for each name
//	chart schemas OUTPUT swagger|crds SOURCE FILE…                           makes schemas/*.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const defaultNamespace = "agent-studio"

type texts []string

func (t *texts) String() string { return fmt.Sprint(*t) }
func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

func template(arguments []string) error {
	if len(arguments) < 1 {
		return fmt.Errorf("template CHART [-namespace N] [-values FILE]… [-set NAME=VALUE]…")
	}
	flags := flag.NewFlagSet("template", flag.ContinueOnError)
	namespace := flags.String("namespace", defaultNamespace, "of the release")
	name := flags.String("name", "studio", "of the release")
	var files, settings texts
	flags.Var(&files, "values", "a file of values")
	flags.Var(&settings, "set", "name=value")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	values, err := readValues(files, settings)
	if err != nil {
		return err
	}
	objects, err := Release{arguments[0], *name, *namespace}.Render(values)
	if err != nil {
		return err
	}
	return printObjects(objects)
}

func readObjects(files []string) error {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		objects, err := split(string(content))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := printObjects(objects); err != nil {
			return err
		}
	}
	return nil
}

func printObjects(objects []Object) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, object := range objects {
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
	return nil
}

func renderExample(chart, example string) (map[string]string, error) {
	values, err := readValues([]string{filepath.Join(chart, "examples", example)}, nil)
	if err != nil {
		return nil, err
	}
	objects, err := Release{chart, "studio", defaultNamespace}.Render(values)
	if err != nil {
		return nil, err
	}
	return manifests(example, objects)
}

func schemas(arguments []string) error {
	if len(arguments) < 4 {
		return fmt.Errorf("schemas OUTPUT swagger|crds SOURCE FILE…")
	}
	var set SchemaSet
	var err error
	if arguments[1] == "swagger" {
		set, err = kubernetesSchemas(arguments[3])
	} else {
		set, err = resourceSchemas(arguments[2], arguments[3:])
	}
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(set, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(arguments[0], append(content, '\n'), 0o644)
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("template, manifests or schemas?")
	}
	switch command, rest := arguments[0], arguments[1:]; {
	case command == "template":
		return template(rest)
	case command == "objects":
		return readObjects(rest)
	case command == "schemas":
		return schemas(rest)
	case command == "manifests" && len(rest) == 3:
		texts, err := renderExample(rest[0], rest[1])
		if err != nil {
			return err
		}
		return writeManifests(rest[2], texts)
	}
	return fmt.Errorf("unknown command %v", arguments)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
