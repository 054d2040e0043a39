module agent-studio/kubernetes/resources

go 1.24

require github.com/prometheus-operator/prometheus-operator v0.80.1
