using System.Reflection;

namespace Posthorn.Server.Operate.Metrics;

/// <summary>The few figures of the process that every Prometheus client has, under their usual names.</summary>
internal static class ProcessMetrics
{
    private static readonly string s_version =
        typeof(ProcessMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public static void Write(PrometheusText text)
    {
        text.Family("posthorn_build_info", MetricKind.Gauge, "1; the labels say what runs.");
        text.Sample("posthorn_build_info", 1, ("version", s_version), ("runtime", Environment.Version.ToString()));
        text.Family("process_cpu_seconds_total", MetricKind.Counter, "Processor time used.");
        text.Sample("process_cpu_seconds_total", Environment.CpuUsage.TotalTime.TotalSeconds);
        text.Family("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory.");
        text.Sample("process_resident_memory_bytes", Environment.WorkingSet);
        text.Family("dotnet_gc_heap_bytes", MetricKind.Gauge, "Bytes in the managed heap at the last collection.");
        text.Sample("dotnet_gc_heap_bytes", GC.GetGCMemoryInfo().HeapSizeBytes);
        text.Family("dotnet_gc_allocated_bytes_total", MetricKind.Counter, "Bytes of memory that code has asked for.");
        text.Sample("dotnet_gc_allocated_bytes_total", GC.GetTotalAllocatedBytes());
        text.Family("dotnet_gc_pause_seconds_total", MetricKind.Counter, "Time the process stood still for the garbage collector.");
        text.Sample("dotnet_gc_pause_seconds_total", GC.GetTotalPauseDuration().TotalSeconds);
    }
}
