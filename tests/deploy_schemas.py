"""JSON schemas of what docs/deploy uses of Kubernetes, KEDA and Compose: nothing else may stand there.

They are ours, and smaller than the real ones, which tests/test_deploy.py asks where they are installed.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "integer", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}
QUANTITY: Schema = {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$"}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT, "minProperties": 1}


def thing(needed: str = "", **properties: Schema) -> Schema:
    """An object with these properties, and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": needed.split(),
        "properties": {name.rstrip("_"): schema for name, schema in properties.items()},
    }


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema, "minItems": 1}


META = thing("name", name=NAME, labels=LABELS)
RESOURCES = {
    "type": "object",
    "additionalProperties": QUANTITY,
    "propertyNames": {"enum": ["cpu", "memory", "storage"]},
}
PROBE = thing(
    "httpGet",
    httpGet=thing("path port", path=TEXT, port=TEXT),
    periodSeconds=NUMBER,
    timeoutSeconds=NUMBER,
    failureThreshold=NUMBER,
)
CONTAINER = thing(
    "name image args resources",
    name=NAME,
    image=TEXT,
    args=many(TEXT),
    env=many(
        thing("name", name=TEXT, value=TEXT, valueFrom=thing(secretKeyRef=thing("name key", name=NAME, key=TEXT)))
    ),
    ports=many(thing("name containerPort", name=NAME, containerPort=NUMBER)),
    startupProbe=PROBE,
    livenessProbe=PROBE,
    readinessProbe=PROBE,
    resources=thing("requests limits", requests=RESOURCES, limits=RESOURCES),
    securityContext=thing(
        allowPrivilegeEscalation=TRUTH, readOnlyRootFilesystem=TRUTH, capabilities=thing(drop=many(TEXT))
    ),
    volumeMounts=many(thing("name mountPath", name=NAME, mountPath=TEXT, subPath=TEXT)),
)
POD = thing(
    "containers terminationGracePeriodSeconds",
    terminationGracePeriodSeconds=NUMBER,
    automountServiceAccountToken=TRUTH,
    securityContext=thing(
        runAsNonRoot=TRUTH, runAsUser=NUMBER, fsGroup=NUMBER, seccompProfile=thing("type", type=TEXT)
    ),
    containers=many(CONTAINER),
    volumes=many(thing("name", name=NAME, persistentVolumeClaim=thing("claimName", claimName=NAME), emptyDir=thing())),
)
KINDS: dict[str, tuple[str, Schema]] = {
    "PersistentVolumeClaim": (
        "v1",
        thing(
            "accessModes resources",
            accessModes=many({"enum": ["ReadWriteOnce"]}),
            resources=thing("requests", requests=RESOURCES),
        ),
    ),
    "Deployment": (
        "apps/v1",
        thing(
            "selector template",
            replicas=NUMBER,
            strategy=thing("type", type={"enum": ["Recreate", "RollingUpdate"]}),
            selector=thing("matchLabels", matchLabels=LABELS),
            template=thing("metadata spec", metadata=thing("labels", labels=LABELS), spec=POD),
        ),
    ),
    "Service": (
        "v1",
        thing(
            "selector ports",
            selector=LABELS,
            ports=many(thing("name port targetPort", name=NAME, port=NUMBER, targetPort=TEXT)),
        ),
    ),
    "ScaledObject": (
        "keda.sh/v1alpha1",
        thing(
            "scaleTargetRef triggers",
            scaleTargetRef=thing("name", name=NAME),
            minReplicaCount=NUMBER,
            maxReplicaCount=NUMBER,
            pollingInterval=NUMBER,
            cooldownPeriod=NUMBER,
            advanced=thing(
                scalingModifiers=thing(
                    "formula target", formula=TEXT, target=TEXT, metricType={"enum": ["AverageValue", "Value"]}
                )
            ),
            triggers=many(
                thing(
                    "type name metadata",
                    type={"const": "nats-jetstream"},
                    name={"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                    metadata=thing(
                        "natsServerMonitoringEndpoint account stream consumer lagThreshold",
                        natsServerMonitoringEndpoint=TEXT,
                        account=TEXT,
                        stream=TEXT,
                        consumer=TEXT,
                        lagThreshold=TEXT,
                    ),
                )
            ),
        ),
    ),
}


DURATION: Schema = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h))+$"}
COMPOSE = thing(
    "services volumes",
    services={
        "type": "object",
        "minProperties": 1,
        "additionalProperties": thing(
            "build command",
            build=TEXT,
            command=many(TEXT),
            environment=LABELS,
            ports=many({"type": "string", "pattern": "^([0-9.]+:)?[0-9]+:[0-9]+$"}),
            volumes=many({"type": "string", "pattern": "^[a-z]+:/[a-z./]+$"}),
            init=TRUTH,
            restart={"enum": ["no", "always", "on-failure", "unless-stopped"]},
            stop_grace_period=DURATION,
            healthcheck=thing("test", test=many(TEXT), interval=DURATION, timeout=DURATION, start_period=DURATION),
            read_only=TRUTH,
            tmpfs=many(TEXT),
            cap_drop=many(TEXT),
            security_opt=many(TEXT),
            ulimits=thing(nofile=NUMBER),
        ),
    },
    volumes={"type": "object", "additionalProperties": thing()},
)


def schema_of(document: Any) -> Schema:
    """That of one object, by its kind."""
    version, spec = KINDS[document["kind"]]
    kind: Schema = {"const": document["kind"]}
    return thing("apiVersion kind metadata spec", apiVersion={"const": version}, kind=kind, metadata=META, spec=spec)
