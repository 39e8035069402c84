"""Traces as OpenTelemetry spans, for those who collect them. Names, counts and times only: no word of a client."""

from __future__ import annotations

import datetime as dt

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from agent.tracing.trace import TurnTrace

_NS = 1_000_000_000


class SpanWriter:
    """Sends each turn as one span with a child for every call of a model and a tool.

    Args:
        exporter: Where spans go.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(resource=Resource({"service.name": "clienteller"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("clienteller")

    @classmethod
    def to_collector(cls, endpoint: str) -> SpanWriter:
        """Send to a collector that speaks OTLP over gRPC, for example "http://localhost:4317"."""
        return cls(OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://")))

    def close(self) -> None:
        """Send what is waiting and stop."""
        self._provider.shutdown()

    def write(self, trace: TurnTrace) -> None:
        """Send a trace."""
        begin = _nanoseconds(trace.began)
        span = self._tracer.start_span("turn", start_time=begin)
        span.set_attributes(
            {
                "clienteller.turn_id": trace.turn_id,
                "clienteller.role": trace.role,
                "clienteller.n_shown": len(trace.shown),
                "clienteller.n_struck": len(trace.struck),
                "clienteller.first_words_s": trace.first_words_s if trace.first_words_s is not None else -1.0,
            }
        )
        if trace.fault:
            span.set_status(Status(StatusCode.ERROR, trace.fault))
        self._children(trace, span, begin)
        span.end(begin + int(trace.seconds * _NS))

    def _children(self, trace: TurnTrace, parent: Span, begin: int) -> None:
        context = set_span_in_context(parent)
        at = begin
        for call in trace.models:
            span = self._tracer.start_span("chat", context, start_time=at)
            span.set_attribute("gen_ai.response.model", call.backend)
            if call.input_tokens is not None and call.output_tokens is not None:
                span.set_attribute("gen_ai.usage.input_tokens", call.input_tokens)
                span.set_attribute("gen_ai.usage.output_tokens", call.output_tokens)
            at += int(call.seconds * _NS)
            span.end(at)
        for tool in trace.tools:
            span = self._tracer.start_span("execute_tool", context, start_time=at)
            span.set_attribute("gen_ai.tool.name", tool.name)
            span.set_attribute("clienteller.effect", tool.effect)
            span.set_status(Status(StatusCode.OK if tool.ok else StatusCode.ERROR))
            at += int(tool.seconds * _NS)
            span.end(at)


def _nanoseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * _NS)
