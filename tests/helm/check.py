"""check.py CHART VALUES_DIR: lints and renders the chart with Helm's own engine for every values file, validates every
document against the Kubernetes schemas, and asks the house's questions of what came out."""

import pathlib
import re
import sys
import tomllib

import helm_python as helm
import kubernetes_validate
import yaml

KUBERNETES = ("1.30", "1.37")
chart_dir, values_dir = sys.argv[1], pathlib.Path(sys.argv[2])
# The keys of the configuration file, as the program's own reference lists them.
REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
KEYS = set(re.findall(r"^\| `([a-z_.]+)` \|", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
passed = failed = 0


def check(name, problem):
    """Counts one result; `problem` is empty when all is well."""
    global passed, failed
    passed, failed = (passed, failed + 1) if problem else (passed + 1, failed)
    print(f"FAILED {name}: {problem}" if problem else f"ok     {name}")


def merge(base, over):
    """`over` wins, maps are merged: what `-f base -f over` does."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: merge(base.get(key), value) for key, value in over.items()}


def render(chart, values):
    """All documents of a release that Helm would install, without its notes."""
    files = chart.render(values, name="dibao", namespace="portal")
    texts = (text for name, text in sorted(files.items()) if not name.endswith(".txt"))
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def refused(chart, values, word):
    """Empty when the values are refused with a message that names `word`."""
    try:
        render(chart, values)
    except helm.HelmError as error:
        return "" if word in str(error) else f"the message does not name {word}: {error}"
    return "was accepted"


def schema_problem(document, version):
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{list(error.path)}: {error.message}"
    return ""


def pods(documents):
    """(name, pod spec) of everything that starts pods."""
    for document in documents:
        if document["kind"] in ("Deployment", "Job"):
            yield f'{document["kind"]}/{document["metadata"]["name"]}', document["spec"]["template"]["spec"]


def restricted(spec):
    """Why this pod would not pass the `restricted` pod security standard, and the house's own rules."""
    pod = spec["securityContext"]
    if not (pod["runAsNonRoot"] and pod["seccompProfile"]["type"] == "RuntimeDefault"):
        return "pod security context"
    if spec["automountServiceAccountToken"] is not False:
        return "mounts an API token"
    for container in spec["containers"] + spec.get("initContainers", []):
        security = container["securityContext"]
        if security["allowPrivilegeEscalation"] or not security["readOnlyRootFilesystem"]:
            return f'{container["name"]}: privileges'
        if security["capabilities"]["drop"] != ["ALL"]:
            return f'{container["name"]}: capabilities'
        if not {"requests", "limits"} <= container["resources"].keys():
            return f'{container["name"]}: no resources'
    return ""


def probes(spec):
    """Serving containers are watched on /healthz and /readyz."""
    container = spec["containers"][0]
    paths = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
    return "" if paths == ["/healthz", "/healthz", "/readyz"] else f"probes: {paths}"


def selectors(documents):
    """Every Service, budget, scaler and policy finds the pods that it is about."""
    labels = [d["spec"]["template"]["metadata"]["labels"] for d in documents if d["kind"] == "Deployment"]
    names = {d["metadata"]["name"] for d in documents if d["kind"] == "Deployment"}
    for document in documents:
        spec, kind = document.get("spec", {}), document["kind"]
        wanted = {"Service": spec.get("selector"), "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
                  "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels")}.get(kind)
        if wanted is not None and not any(wanted.items() <= have.items() for have in labels):
            return f'{kind}/{document["metadata"]["name"]} selects no pod'
        if kind == "HorizontalPodAutoscaler" and spec["scaleTargetRef"]["name"] not in names:
            return "the autoscaler scales nothing"
    return ""


def owner_is_apart(documents):
    """No serving pod can read the address of the tables' owner."""
    texts = (yaml.safe_dump(d) for d in documents if d["kind"] == "Deployment" or
             (d["kind"] == "Secret" and "helm.sh/hook" not in d["metadata"].get("annotations", {})))
    return "a serving pod sees DIBAO_DATABASE_OWNER_URL" if any("OWNER_URL" in text for text in texts) else ""


def bucket_and_disk(documents):
    """Files are in a bucket whose key comes from a Secret, or on a volume; and the key stands in no other document."""
    for name, spec in pods(documents):
        if not name.startswith("Deployment"):
            continue
        env = {one["name"]: one for one in spec["containers"][0]["env"]}
        disk = any("persistentVolumeClaim" in volume for volume in spec["volumes"])
        if "DIBAO_FILES_STORE" in env:
            keys = [env[key].get("valueFrom", {}).get("secretKeyRef", {}).get("key") == key
                    for key in ("DIBAO_FILES_KEY_ID", "DIBAO_FILES_SECRET") if key in env]
            if keys != [True, True]:
                return f"{name}: the key of the bucket does not come from the Secret"
            if disk:
                return f"{name}: a bucket, and a volume as well"
        elif "DIBAO_FILES_SECRET" in env:
            return f"{name}: a key without a bucket"
    shown = [d["kind"] for d in documents if d["kind"] != "Secret" and "only-in-the-secret" in yaml.safe_dump(d)]
    return f"the key stands in {shown}" if shown else ""


def replicas(documents):
    """A Deployment has a fixed size or a scaler, never both, never neither."""
    scaled = {d["spec"]["scaleTargetRef"]["name"] for d in documents if d["kind"] == "HorizontalPodAutoscaler"}
    for document in documents:
        if document["kind"] == "Deployment":
            name = document["metadata"]["name"]
            if ("replicas" in document["spec"]) == (name in scaled):
                return f"{name}: replicas and scaler disagree"
    return ""


def config_is_toml(documents):
    """The configuration file is TOML, with whole numbers still whole."""
    text = next(d for d in documents if d["kind"] == "ConfigMap")["data"]["dibao.toml"]
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    unknown = sorted(key for key, _ in flat(settings) if key not in KEYS)
    floats = sorted(key for key, value in flat(settings) if isinstance(value, float))
    return f"dibao knows no {unknown}" if unknown else f"no whole numbers any more: {floats}" if floats else ""


def flat(settings, prefix=""):
    """(`section.key`, value) of everything in a TOML table."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def one_worker_each(documents):
    """Web pods work off the queue only when nobody else does."""
    args = {d["metadata"]["labels"]["app.kubernetes.io/component"]: d["spec"]["template"]["spec"]["containers"][0]["args"]
            for d in documents if d["kind"] == "Deployment"}
    return "" if ("--no-worker" in args["web"]) == ("worker" in args) else f"the web pods run {args['web']}"


def numbers_stay_inside(documents):
    """No Service carries the port of the metrics, and every Ingress leads to one that does not."""
    ports = [port["targetPort"] for d in documents if d["kind"] == "Service" for port in d["spec"]["ports"]]
    shown = [d["metadata"]["name"] for d in documents if d["kind"] == "Ingress" for rule in d["spec"]["rules"]
             for path in rule["http"]["paths"] if path["backend"]["service"]["port"] != {"name": "http"}]
    return f"services carry {ports}" if ports != ["http"] else f"{shown} lead elsewhere" if shown else ""


def kinds(documents):
    return sorted(f'{d["kind"]}/{d["metadata"]["name"]}' for d in documents)


EXPECTED = {
    "default": ["ConfigMap/dibao", "Deployment/dibao-web", "Deployment/dibao-worker", "HorizontalPodAutoscaler/dibao-web",
                "Ingress/dibao-zone", "Job/dibao-migrate", "NetworkPolicy/dibao", "PersistentVolumeClaim/dibao-data",
                "PodDisruptionBudget/dibao-web", "PodDisruptionBudget/dibao-worker", "Secret/dibao",
                "Secret/dibao-migrate", "Service/dibao", "ServiceAccount/dibao"],
    "bucket": ["ConfigMap/dibao", "Deployment/dibao-web", "Deployment/dibao-worker", "HorizontalPodAutoscaler/dibao-web",
               "Ingress/dibao-zone", "Job/dibao-migrate", "NetworkPolicy/dibao", "PodDisruptionBudget/dibao-web",
               "PodDisruptionBudget/dibao-worker", "Secret/dibao", "Secret/dibao-migrate", "Service/dibao",
               "ServiceAccount/dibao"],
    "one-node": ["ConfigMap/dibao", "Deployment/dibao-web", "Ingress/dibao-zone", "PersistentVolumeClaim/dibao-data",
                 "Secret/dibao", "Service/dibao", "ServiceAccount/dibao"],
    "external-secret": ["ConfigMap/dibao", "Deployment/dibao-web", "Deployment/dibao-worker",
                        "HorizontalPodAutoscaler/dibao-web", "Ingress/dibao-any", "Ingress/dibao-hubei",
                        "Ingress/dibao-plain", "Ingress/dibao-zone", "Job/dibao-migrate", "NetworkPolicy/dibao",
                        "PodDisruptionBudget/dibao-web", "PodDisruptionBudget/dibao-worker", "Service/dibao",
                        "ServiceAccount/dibao"],
    "fixed-size": ["ConfigMap/dibao", "Deployment/dibao-web", "Deployment/dibao-worker",
                   "HorizontalPodAutoscaler/dibao-worker", "Job/dibao-migrate", "NetworkPolicy/dibao",
                   "PodDisruptionBudget/dibao-web", "PodDisruptionBudget/dibao-worker", "Secret/dibao",
                   "Secret/dibao-migrate", "Service/dibao"],
}


def check_values(chart, name, values):
    report = helm.lint(chart_dir, values, kube_version=f"v{KUBERNETES[1]}.0")
    loud = [message for message in report["messages"] if message["severity"] > 1]
    check(f"{name}: lint", report["errors"] or loud)
    try:
        documents = render(chart, values)
    except helm.HelmError as error:
        return check(f"{name}: render", error)
    check(f"{name}: documents", "" if kinds(documents) == EXPECTED[name] else kinds(documents))
    for document in documents:
        for version in KUBERNETES:
            label = f'{document["kind"]}/{document["metadata"]["name"]}'
            check(f"{name}: {label} on {version}", schema_problem(document, version))
    for label, spec in pods(documents):
        check(f"{name}: {label} restricted", restricted(spec))
        if label.startswith("Deployment"):
            check(f"{name}: {label} probes", probes(spec))
    for question in (selectors, owner_is_apart, bucket_and_disk, replicas, config_is_toml, one_worker_each, numbers_stay_inside):
        check(f'{name}: {question.__name__.replace("_", " ")}', question(documents))


def check_refusals(chart, good):
    def bad(name, over, word):
        check(f"refuses {name}", refused(chart, merge(good, over), word))

    bad("web.replicaCount: abc", {"web": {"replicaCount": "abc"}}, "replicaCount")
    bad("replicaCount: abc", {"replicaCount": "abc"}, "replicaCount")
    bad("a misspelt key", {"web": {"replicas": 3}}, "replicas")
    bad("a host that is none", {"ingress": {"groups": [{"name": "a", "hosts": ["a b"]}]}}, "hosts")
    bad("another database", {"database": {"url": "mysql://db/dibao"}}, "url")
    bad("no database", {"database": {"url": ""}}, "database.url")
    bad("no owner", {"database": {"ownerUrl": ""}}, "database.ownerUrl")
    bad("SQLite on many pods", {"database": {"url": "sqlite:///x"}}, "SQLite")
    bad("a bucket without a name", {"files": {"store": "s3", "keyId": "a", "secret": "b"}}, "files.bucket")
    bad("a bucket without a key", {"files": {"store": "s3", "bucket": "b"}}, "files.keyId")
    bad("no time to stop", {"web": {"preStopSeconds": 90}}, "preStopSeconds")


def check_the_checker(documents):
    """A schema check that accepts everything would prove nothing."""
    web = next(d for d in documents if d["kind"] == "Deployment")
    broken = merge(web, {"spec": {"replicas": "abc"}})
    check("the schemas refuse replicas: abc", "" if schema_problem(broken, KUBERNETES[1]) else "was accepted")
    wrong = [{"kind": "ConfigMap", "data": {"dibao.toml": "[limits]\nbody_mb = 50\n"}}]
    check("a key that dibao refuses is found", "" if "limits.body_mb" in config_is_toml(wrong) else "was accepted")
    broken = merge(web, {"spec": {"replicaz": 1}})
    check("the schemas refuse unknown fields", "" if schema_problem(broken, KUBERNETES[1]) else "was accepted")


with helm.Chart.load(chart_dir) as chart:
    files = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(values_dir.glob("*.yaml"))}
    check("a values file per expectation", "" if files.keys() == EXPECTED.keys() else sorted(files))
    for name, values in files.items():
        check_values(chart, name, values)
    check_refusals(chart, files["default"])
    check_the_checker(render(chart, files["default"]))

print(f"\n{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
