package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"sigs.k8s.io/yaml"
)

const (
	root  = "../../.."
	chart = root + "/deploy/kubernetes/chart"
)

// What a value set needs at least.
var least = []string{"secret.existingSecret=agent-studio", "redis.address=redis:6379"}

func examples(t *testing.T) []string {
	files, err := filepath.Glob(chart + "/examples/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("examples are missing: %v %v", files, err)
	}
	return files
}

func render(t *testing.T, files []string, settings ...string) []Object {
	t.Helper()
	values, err := readValues(files, settings)
	if err != nil {
		t.Fatal(err)
	}
	objects, err := Release{chart, "studio", defaultNamespace}.Render(values)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func renderLeast(t *testing.T, settings ...string) []Object {
	t.Helper()
	return render(t, nil, append(append([]string{}, least...), settings...)...)
}

func find(t *testing.T, objects []Object, kind, name string) Object {
	t.Helper()
	for _, object := range objects {
		if object.Kind() == kind && object.Name() == name {
			return object
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return nil
}

func allValidator(t *testing.T) validator.Validator {
	t.Helper()
	sets, err := filepath.Glob("../schemas/*.json")
	if err != nil || len(sets) < 3 {
		t.Fatalf("schemas are missing: %v %v", sets, err)
	}
	check, err := newValidator(t.TempDir(), sets)
	if err != nil {
		t.Fatal(err)
	}
	return check
}

// podOf gives the pod's spec of what makes pods; nil of anything else.
func podOf(object Object) map[string]any {
	spec, _ := object.At("spec", "template", "spec").(map[string]any)
	return spec
}

func containersOf(object Object) []Object {
	var found []Object
	containers, _ := podOf(object)["containers"].([]any)
	for _, container := range containers {
		found = append(found, Object(container.(map[string]any)))
	}
	return found
}

func environmentOf(container Object) map[string]any {
	found := map[string]any{}
	variables, _ := container["env"].([]any)
	for _, variable := range variables {
		entry := Object(variable.(map[string]any))
		if entry["value"] != nil {
			found[text(entry["name"])] = entry["value"]
		} else {
			found[text(entry["name"])] = entry["valueFrom"]
		}
	}
	return found
}

func TestLintFindsNothing(t *testing.T) {
	for _, file := range examples(t) {
		values, err := readValues([]string{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, message := range lint.All(chart, values, defaultNamespace, true).Messages {
			// The only thing that it misses is a picture.
			if message.Severity > support.InfoSev {
				t.Errorf("%s: %s", filepath.Base(file), message)
			}
		}
	}
}

func TestEveryObjectIsValid(t *testing.T) {
	check := allValidator(t)
	for _, file := range examples(t) {
		for _, set := range [][]string{nil, {"namePrefix=a-"}, {"podDisruptionBudget.enabled=false",
			"networkPolicy.enabled=false", "monitoring.serviceMonitor=true", "monitoring.prometheusRule=true"}} {
			objects := render(t, []string{file}, set...)
			seen := map[string]bool{}
			for _, object := range objects {
				if err := validate(check, object); err != nil {
					t.Errorf("%s %v: %v", filepath.Base(file), set, err)
				}
				key := object.Kind() + " " + object.Name()
				if seen[key] {
					t.Errorf("%s: %s is there twice", filepath.Base(file), key)
				}
				seen[key] = true
			}
		}
	}
}

func TestTheValidatorRefusesWhatIsWrong(t *testing.T) {
	check := allValidator(t)
	for _, change := range []func(Object){
		func(o Object) { o["spec"].(map[string]any)["replicaz"] = 3 },
		func(o Object) { o["spec"].(map[string]any)["replicas"] = "three" },
		func(o Object) { podOf(o)["containers"] = "none" },
		func(o Object) { delete(o["spec"].(map[string]any), "selector") },
		func(o Object) { o["kind"] = "Deploiment" },
	} {
		object := find(t, renderLeast(t), "Deployment", "api")
		change(object)
		if validate(check, object) == nil {
			t.Errorf("this was not refused: %v", object["spec"])
		}
	}
	scaler := find(t, renderLeast(t, "worker.scaling.enabled=true"), "ScaledObject", "worker-scaler")
	scaler["spec"].(map[string]any)["minReplicas"] = 2
	if validate(check, scaler) == nil {
		t.Error("an unknown field of a ScaledObject was not refused")
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	for _, wrong := range []struct{ settings, says string }{
		// The schema's part.
		{"api.replicas=many", "replicas"},
		{"api.replica=2", "replica"},
		{"worker.scaling.trigger=cpu", "trigger"},
		{"worker.scaling.minReplicas=0", "minReplicas"},
		{"worker.resources.limits.cpu=two", "cpu"},
		{"livekit.udpPort=70000", "udpPort"},
		{"redis.address=redis", "address"},
		{"workerPools[0].name=Meal_Agent,workerPools[0].agents={meal}", "name"},
		{"workerPools[0].name=meal,workerPools[0].agents={a b}", "agents"},
		{"workerPools[0].agents={meal-agent}", "name"},
		{"env.lower=1", "lower"},
		{"monitoring.interval=soon", "interval"},
		{"image.pullPolicy=Sometimes", "pullPolicy"},
		// What only goes together.
		{"worker.terminationGracePeriodSeconds=89", "at least drainTimeoutSeconds (60) + 30"},
		{"worker.drainTimeoutSeconds=100", "at least drainTimeoutSeconds (100) + 30"},
		{"workerPools[0].name=slow,workerPools[0].agents={slow},workerPools[0].drainTimeoutSeconds=91", "worker-slow"},
		{"api.drainTimeoutSeconds=26", "api.terminationGracePeriodSeconds"},
		{"worker.env.STUDIO_DRAIN_TIMEOUT=300", "STUDIO_DRAIN_TIMEOUT"},
		{"env.STUDIO_DRAIN_TIMEOUT=300", "STUDIO_DRAIN_TIMEOUT"},
		{"worker.scaling.enabled=true,worker.scaling.minReplicas=30", "minReplicas (30)"},
		{"worker.scaling.enabled=true,worker.scaling.active.source=prometheus", "prometheusUrl"},
		{"worker.scaling.enabled=true,workerPools[0].name=a,workerPools[0].agents={a},workerPools[1].name=b,workerPools[1].agents={b}", "several pools"},
		{"workerPools[0].name=a,workerPools[0].agents={a},workerPools[1].name=a,workerPools[1].agents={b}", "two pools"},
		{"secret.existingSecret=", "existingSecret"},
		{"secret.create=true", "exclude each other"},
		{"secret.existingSecret=,secret.create=true", "needs redis.enabled and postgres.enabled"},
		{"livekit.enabled=false", "livekit.url"},
		{"redis.address=", "redis.address"},
		{"sip.enabled=true,sip.rtpPortFirst=20000,sip.rtpPortLast=10000", "rtpPortFirst"},
		{"sip.enabled=true,sip.rtpPortFirst=5000", "inside the range of RTP"},
		{"ingress.enabled=true,caddy.enabled=true", "exclude each other"},
	} {
		values, err := readValues(nil, append(append([]string{}, least...), wrong.settings))
		if err != nil {
			t.Fatal(wrong.settings, err)
		}
		_, err = Release{chart, "studio", defaultNamespace}.Render(values)
		if err == nil || !strings.Contains(err.Error(), wrong.says) {
			t.Errorf("%s: expected a refusal that says '%s', got: %v", wrong.settings, wrong.says, err)
		}
	}
}

func TestTheDrainBudgetMayBeJustEnough(t *testing.T) {
	worker := find(t, renderLeast(t, "worker.terminationGracePeriodSeconds=90"), "Deployment", "worker")
	if environmentOf(containersOf(worker)[0])["STUDIO_DRAIN_TIMEOUT"] != "60" {
		t.Error("the worker is not told its drain time")
	}
}

// ADR-010's second phase, word for word, out of the plain manifests.
func TestManifestsPrintTheDecision(t *testing.T) {
	objects := readManifests(t, "adr-010")
	pool := find(t, objects, "Deployment", "worker-meal-agent")
	container := containersOf(pool)[0]
	for what, pair := range map[string][2]any{
		"replicas":     {pool.At("spec", "replicas"), 3.0},
		"matchLabels":  {pool.At("spec", "selector", "matchLabels", "agent"), "meal-agent"},
		"labels":       {pool.At("spec", "template", "metadata", "labels", "agent"), "meal-agent"},
		"container":    {container["name"], "worker"},
		"AGENT_FILTER": {environmentOf(container)["AGENT_FILTER"], "meal-agent"},
		"limits":       {container.At("resources", "limits"), map[string]any{"cpu": "2", "memory": "2Gi"}},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: %v, not %v", what, pair[0], pair[1])
		}
	}
	scaler := find(t, objects, "ScaledObject", "worker-scaler")
	wanted := map[string]any{
		"scaleTargetRef":  map[string]any{"name": "worker"},
		"minReplicaCount": 2.0, "maxReplicaCount": 20.0,
		"triggers": []any{map[string]any{"type": "redis", "metadata": map[string]any{
			"address": "redis:6379", "listName": "call-queue", "listLength": "5"}}},
	}
	if !reflect.DeepEqual(scaler["spec"], wanted) {
		t.Errorf("the ScaledObject is not the ADR's: %v", scaler["spec"])
	}
	if find(t, objects, "Deployment", "worker").At("spec", "replicas") != nil {
		t.Error("a Deployment that KEDA scales must not say how many replicas it has")
	}
}

func readManifests(t *testing.T, folder string) []Object {
	t.Helper()
	files, err := filepath.Glob(root + "/deploy/kubernetes/manifests/" + folder + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests: %v", err)
	}
	var objects []Object
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found, err := split(string(content))
		if err != nil {
			t.Fatal(file, err)
		}
		objects = append(objects, found...)
	}
	return objects
}

func TestManifestsAreWhatTheChartRenders(t *testing.T) {
	for _, name := range []string{"adr-010", "production"} {
		wanted, err := renderExample(chart, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		folder := root + "/deploy/kubernetes/manifests/" + name
		files, _ := filepath.Glob(folder + "/*.yaml")
		found := map[string]string{}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found[filepath.Base(file)] = string(content)
		}
		for file := range wanted {
			if found[file] != wanted[file] {
				t.Errorf("%s/%s is not what the chart renders: run deploy/kubernetes/render.sh", folder, file)
			}
		}
		for file := range found {
			if wanted[file] == "" {
				t.Errorf("%s/%s is in the way: run deploy/kubernetes/render.sh", folder, file)
			}
		}
	}
}

func TestAnOutageOfAStoreMakesNobodyStartAgain(t *testing.T) {
	for _, object := range renderLeast(t) {
		if object.Kind() != "Deployment" || object.At("metadata", "labels", "app.kubernetes.io/component") == "livekit" {
			continue
		}
		container := containersOf(object)[0]
		for probe, path := range map[string]string{"livenessProbe": "/health/live", "startupProbe": "/health/live",
			"readinessProbe": "/health/ready"} {
			if container.At(probe, "httpGet", "path") != path {
				t.Errorf("%s: %s asks %v", object.Name(), probe, container.At(probe, "httpGet", "path"))
			}
		}
	}
}

// The Pod Security Standard `restricted`; but for the nodes' network, which media needs.
func TestPodsAreRestricted(t *testing.T) {
	pods := 0
	for _, file := range examples(t) {
		for _, object := range render(t, []string{file}) {
			pod := podOf(object)
			if pod == nil {
				continue
			}
			pods++
			component := object.At("metadata", "labels", "app.kubernetes.io/component")
			if isHost := pod["hostNetwork"] == true; isHost != (component == "livekit" || component == "sip") {
				t.Errorf("%s: hostNetwork %v", object.Name(), isHost)
			}
			if Object(pod).At("securityContext", "runAsNonRoot") != true ||
				Object(pod).At("securityContext", "seccompProfile", "type") != "RuntimeDefault" {
				t.Errorf("%s: %v", object.Name(), pod["securityContext"])
			}
			if pod["automountServiceAccountToken"] != (component == "worker") {
				t.Errorf("%s: token %v", object.Name(), pod["automountServiceAccountToken"])
			}
			if pod["enableServiceLinks"] != false {
				t.Errorf("%s: a Service's variables could replace ours", object.Name())
			}
			for _, container := range containersOf(object) {
				security := Object(container["securityContext"].(map[string]any))
				if security["allowPrivilegeEscalation"] != false || security["readOnlyRootFilesystem"] != true ||
					!reflect.DeepEqual(security.At("capabilities", "drop"), []any{"ALL"}) {
					t.Errorf("%s: %v", object.Name(), security)
				}
				if container.At("resources", "limits", "memory") == nil {
					t.Errorf("%s has no limit of memory", object.Name())
				}
			}
		}
	}
	if pods < 20 {
		t.Errorf("only %d pods were looked at", pods)
	}
}

func TestAlertsAreThoseOfPrometheus(t *testing.T) {
	rule := find(t, renderLeast(t, "monitoring.prometheusRule=true"), "PrometheusRule", "agent-studio")
	content, err := os.ReadFile(root + "/deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var wanted map[string]any
	if err := yaml.Unmarshal(content, &wanted); err != nil {
		t.Fatal(err)
	}
	groups, _ := rule.At("spec", "groups").([]any)
	if len(groups) < 2 || !reflect.DeepEqual(groups[:len(groups)-1], wanted["groups"]) {
		t.Error("PrometheusRule and deploy/prometheus/alerts.yml differ")
	}
	pools := fmt.Sprint(groups[len(groups)-1])
	if !strings.Contains(pools, `absent(up{job="worker",namespace="agent-studio",pool="all"} == 1)`) {
		t.Errorf("no alert for a pool without workers: %s", pools)
	}
	for _, component := range []string{"api", "worker", "livekit"} {
		monitor := find(t, renderLeast(t, "monitoring.serviceMonitor=true"), "ServiceMonitor", component)
		if monitor.At("spec", "jobLabel") != "app.kubernetes.io/component" {
			t.Errorf("%s: the alerts would not know this job", component)
		}
	}
}

func TestNoSecretIsWrittenOut(t *testing.T) {
	for _, object := range render(t, []string{chart + "/examples/production.yaml"}) {
		if object.Kind() == "Secret" {
			t.Errorf("%s is a secret", object.Name())
		}
		for _, container := range containersOf(object) {
			for name, value := range environmentOf(container) {
				_, isPlain := value.(string)
				if isPlain && (strings.HasSuffix(name, "_SECRET") || strings.HasSuffix(name, "_PASSWORD") ||
					strings.HasSuffix(name, "_KEY") || name == "DATABASE_URL" || name == "REDIS_URL") {
					t.Errorf("%s: %s stands there", object.Name(), name)
				}
			}
		}
	}
}

// By the labels that their selectors name.
func TestEverySelectorFindsPods(t *testing.T) {
	for _, file := range examples(t) {
		objects := render(t, []string{file})
		var pods []map[string]any
		for _, object := range objects {
			if podOf(object) != nil {
				pods = append(pods, object.At("spec", "template", "metadata", "labels").(map[string]any))
			}
		}
		for _, object := range objects {
			var selector any
			switch object.Kind() {
			case "Service":
				selector = object.At("spec", "selector")
			case "PodDisruptionBudget", "Deployment", "StatefulSet":
				selector = object.At("spec", "selector", "matchLabels")
			default:
				continue
			}
			found := 0
			for _, labels := range pods {
				if includes(labels, selector.(map[string]any)) {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s: %s %s finds %d kinds of pods", filepath.Base(file), object.Kind(), object.Name(), found)
			}
		}
	}
}

func includes(labels, selector map[string]any) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

func TestScalingByLoad(t *testing.T) {
	objects := render(t, []string{chart + "/examples/production.yaml"})
	for _, pool := range []struct {
		name, list, formula, query string
		fallback                   float64
	}{
		{"worker-scaler", "call-queue", "max((queue_0) / 5, (active + 5) / 10)", `pool="all"`, 10},
		{"worker-meal-agent-scaler", "call-queue:meal-agent", "max((queue_0) / 5, (active + 4) / 20)", `pool="meal-agent"`, 5},
	} {
		scaler := find(t, objects, "ScaledObject", pool.name)
		triggers := scaler.At("spec", "triggers").([]any)
		redis, active := Object(triggers[0].(map[string]any)), Object(triggers[1].(map[string]any))
		for what, pair := range map[string][2]any{
			"formula":  {scaler.At("spec", "advanced", "scalingModifiers", "formula"), pool.formula},
			"list":     {redis.At("metadata", "listName"), pool.list},
			"queue":    {redis["name"], "queue_0"},
			"active":   {active["name"], "active"},
			"null":     {active.At("metadata", "ignoreNullValues"), "false"},
			"password": {redis.At("authenticationRef", "name"), "redis-password"},
			"fallback": {scaler.At("spec", "fallback", "replicas"), pool.fallback},
			"keeps":    {scaler.At("spec", "fallback", "behavior"), "currentReplicasIfHigher"},
			"window": {scaler.At("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown",
				"stabilizationWindowSeconds"), 600.0},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%s: %s: %v, not %v", pool.name, what, pair[0], pair[1])
			}
		}
		if !strings.Contains(text(active.At("metadata", "query")), pool.query) {
			t.Errorf("%s: %v", pool.name, active.At("metadata", "query"))
		}
	}
	find(t, objects, "TriggerAuthentication", "redis-password")
}

func TestSentinelsAreAskedForTheQueue(t *testing.T) {
	objects := render(t, []string{chart + "/examples/replicated.yaml"})
	scaler := find(t, objects, "ScaledObject", "worker-scaler")
	queue := Object(scaler.At("spec", "triggers").([]any)[0].(map[string]any))
	hosts := make([]string, 3)
	for index := range hosts {
		hosts[index] = fmt.Sprintf("redis-%d.redis.stores.svc.cluster.local:26379", index)
	}
	wanted := map[string]any{"addresses": strings.Join(hosts, ","), "sentinelMaster": "mymaster", "username": "app",
		"enableTLS": "true", "listName": "call-queue", "listLength": "5"}
	if queue["type"] != "redis-sentinel" || !reflect.DeepEqual(queue["metadata"], wanted) {
		t.Errorf("%v", queue)
	}
	found := map[string]string{}
	for _, each := range find(t, objects, "TriggerAuthentication", "redis-password").At("spec", "secretTargetRef").([]any) {
		reference := Object(each.(map[string]any))
		found[text(reference["parameter"])] = text(reference["name"]) + "/" + text(reference["key"])
	}
	if !reflect.DeepEqual(found, map[string]string{"password": "agent-studio/REDIS_PASSWORD",
		"sentinelPassword": "agent-studio/REDIS_SENTINEL_PASSWORD", "ca": "store-certificates/redis.pem"}) {
		t.Errorf("%v", found)
	}
	for _, name := range []string{"api", "worker"} {
		pod := find(t, objects, "Deployment", name)
		for _, container := range containersOf(pod) {
			if environmentOf(container)["REDIS_CA_FILE"] != "/certificates/redis.pem" {
				t.Errorf("%s is not told where the authority of Redis is", name)
			}
		}
	}
}

func TestAPoolOfSeveralAgentsSumsTheirQueues(t *testing.T) {
	objects := renderLeast(t, "worker.scaling.enabled=true",
		"workerPools[0].name=food,workerPools[0].agents={meal,wine}")
	scaler := find(t, objects, "ScaledObject", "worker-food-scaler")
	if formula := scaler.At("spec", "advanced", "scalingModifiers", "formula"); formula !=
		"max((queue_0 + queue_1) / 5, (active + 5) / 10)" {
		t.Error(formula)
	}
	if triggers := fmt.Sprint(scaler.At("spec", "triggers")); !strings.Contains(triggers, "call-queue:meal") ||
		!strings.Contains(triggers, "call-queue:wine") {
		t.Error(triggers)
	}
	filter := environmentOf(containersOf(find(t, objects, "Deployment", "worker-food"))[0])["AGENT_FILTER"]
	if filter != "meal,wine" {
		t.Error(filter)
	}
}

func TestAWorkerMayPatchPodsAndNothingElse(t *testing.T) {
	objects := renderLeast(t)
	rules := find(t, objects, "Role", "worker").At("rules")
	wanted := []any{map[string]any{"apiGroups": []any{""}, "resources": []any{"pods"}, "verbs": []any{"patch"}}}
	if !reflect.DeepEqual(rules, wanted) {
		t.Error(rules)
	}
	find(t, objects, "ValidatingAdmissionPolicyBinding", "agent-studio-agent-studio-worker")
	for _, object := range renderLeast(t, "worker.deletionCost=false") {
		if kind := object.Kind(); kind == "Role" || kind == "ServiceAccount" || kind == "ValidatingAdmissionPolicy" {
			t.Errorf("%s %s is there for nothing", kind, object.Name())
		}
	}
}

func TestMigrationsComeBeforeANewVersion(t *testing.T) {
	outside := find(t, renderLeast(t), "Job", "migrate")
	if outside.At("metadata", "annotations", "helm.sh/hook") != "pre-install,pre-upgrade" {
		t.Error(outside["metadata"])
	}
	// With a database of its own the hook would wait for what is installed after it.
	own := find(t, render(t, []string{chart + "/examples/trial.yaml"}), "Job", "migrate-1")
	if own.At("metadata", "annotations") != nil {
		t.Error(own["metadata"])
	}
}

func TestMediaHasItsPortsOnTheNode(t *testing.T) {
	objects := render(t, []string{chart + "/examples/media-only.yaml"})
	sip := find(t, objects, "Deployment", "sip")
	config := fmt.Sprint(environmentOf(containersOf(sip)[0])["SIP_CONFIG_BODY"])
	for _, line := range []string{"rtp_port: 10000-20000", "sip_port: 5060", `password: "$(REDIS_PASSWORD)"`} {
		if !strings.Contains(config, line) {
			t.Errorf("SIP's configuration lacks %s:\n%s", line, config)
		}
	}
	var parsed map[string]any
	if err := yaml.UnmarshalStrict([]byte(config), &parsed); err != nil {
		t.Error(err)
	}
	livekit := find(t, objects, "Deployment", "livekit")
	config = fmt.Sprint(environmentOf(containersOf(livekit)[0])["LIVEKIT_CONFIG"])
	if err := yaml.UnmarshalStrict([]byte(config), &parsed); err != nil {
		t.Error(err)
	}
	if !strings.Contains(config, `node_ip: "$(NODE_ADDRESS)"`) {
		t.Error(config)
	}
	for _, deployment := range []Object{sip, livekit} {
		if deployment.At("spec", "strategy", "rollingUpdate", "maxSurge") != 0.0 {
			t.Errorf("%s: a second one does not fit on the node", deployment.Name())
		}
		ports, _ := containersOf(deployment)[0]["ports"].([]any)
		for _, port := range ports {
			if entry := Object(port.(map[string]any)); entry["hostPort"] != entry["containerPort"] {
				t.Errorf("%s: %v", deployment.Name(), entry)
			}
		}
	}
}
