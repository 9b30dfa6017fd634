using System.Diagnostics.Metrics;
using Posthorn.Server.Operate.Metrics;
using Posthorn.Server.Operate.Timeline;

namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What the pipeline counts.</summary>
public sealed class PipelineMetrics
{
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _batchSeconds;
    private readonly Histogram<int> _batchMails;

    public PipelineMetrics(Meter meter)
    {
        _outcomes = meter.CreateCounter<long>("posthorn.pipeline.outcomes", "{message}", "What came out of the pipeline, by outcome");
        _failures = meter.CreateCounter<long>("posthorn.pipeline.failures", "{failure}", "Matchers and mailets that failed, by rule");
        _batchSeconds = meter.CreateHistogram<double>("posthorn.pipeline.batch.duration", "s", "From the lease of a batch to the end of its commit");
        _batchMails = meter.CreateHistogram<int>("posthorn.pipeline.batch.mails", "{message}", "Mails committed together");
    }

    internal void Came(TimelineKind outcome) => _outcomes.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));

    internal void Failed(string rule) => _failures.Add(1, new KeyValuePair<string, object?>("rule", rule));

    internal void Committed(int mails, TimeSpan took)
    {
        _batchMails.Record(mails);
        _batchSeconds.Record(took.TotalSeconds);
    }
}
