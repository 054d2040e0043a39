package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"
)

// Object is one Kubernetes object, as YAML reads it.
type Object map[string]any

// Values are those of a chart.
type Values = map[string]any

// Kind of the object, as it says itself.
func (o Object) Kind() string { return text(o["kind"]) }

// Name is metadata.name.
func (o Object) Name() string { return text(o.At("metadata", "name")) }

// At follows keys of maps; nil where one is missing.
func (o Object) At(keys ...string) any {
	var value any = map[string]any(o)
	for _, key := range keys {
		next, is := value.(map[string]any)
		if !is {
			return nil
		}
		value = next[key]
	}
	return value
}

func text(value any) string {
	found, _ := value.(string)
	return found
}

// Release is a chart with what it is installed by.
type Release struct {
	Chart     string
	Name      string
	Namespace string
}

// readValues merges files of values and `name=value` settings, the later the stronger.
func readValues(files, settings []string) (Values, error) {
	values := Values{}
	for _, file := range files {
		read, err := chartutil.ReadValuesFile(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		values = chartutil.CoalesceTables(read, values)
	}
	for _, setting := range settings {
		if err := strvals.ParseInto(setting, values); err != nil {
			return nil, fmt.Errorf("%s: %w", setting, err)
		}
	}
	return values, nil
}

// Render is `helm template`: the values are held against the schema, then each template is filled in. The objects come in
// the order of their templates.
func (r Release) Render(values Values) ([]Object, error) {
	chart, err := loader.Load(r.Chart)
	if err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: true}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = chartutil.KubeVersion{Version: "v" + kubernetesVersion, Major: "1", Minor: "31"}
	all, err := chartutil.ToRenderValues(chart, values, options, capabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		if strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var objects []Object
	for _, name := range names {
		found, err := split(files[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

func split(manifest string) ([]Object, error) {
	pieces := releaseutil.SplitManifests(manifest)
	keys := make([]string, 0, len(pieces))
	for key := range pieces {
		keys = append(keys, key)
	}
	sort.Sort(releaseutil.BySplitManifestsOrder(keys))
	var objects []Object
	for _, key := range keys {
		object := Object{}
		if err := yaml.UnmarshalStrict([]byte(pieces[key]), &object); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, pieces[key])
		}
		if len(object) > 0 {
			objects = append(objects, object)
		}
	}
	return objects, nil
}

const manifestHead = "# Rendered from deploy/kubernetes/chart with examples/%s by deploy/kubernetes/render.sh: change the chart.\n"

// manifests gives the text of each file of a folder of plain manifests: all objects of one name are one file.
func manifests(example string, objects []Object) (map[string]string, error) {
	texts := map[string]string{}
	for _, object := range objects {
		file := object.Name() + ".yaml"
		written, err := yaml.Marshal(object)
		if err != nil {
			return nil, err
		}
		if texts[file] == "" {
			texts[file] = fmt.Sprintf(manifestHead, example)
		} else {
			texts[file] += "---\n"
		}
		texts[file] += string(written)
	}
	return texts, nil
}

// writeManifests replaces the folder's files.
func writeManifests(folder string, texts map[string]string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for file, content := range texts {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}
