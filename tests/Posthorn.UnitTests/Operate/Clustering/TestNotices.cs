using System.Collections.Concurrent;
using Posthorn.Clustering;

namespace Posthorn.UnitTests.Operate.Clustering;

/// <summary>The notices of a cluster, in memory.</summary>
internal sealed class TestNotices(long self) : INotices
{
    private readonly ConcurrentDictionary<(string Subject, long Node), Notice> _notices = new();

    /// <summary>What a node last told of a subject; null when it told nothing.</summary>
    public Notice? Find(string subject, long node = 1) => _notices.GetValueOrDefault((subject, node));

    /// <summary>Lets another node tell something.</summary>
    public void Tell(string subject, Notice notice) => _notices[(subject, notice.NodeId)] = notice;

    public ValueTask PostAsync(string subject, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        Tell(subject, new Notice(self, TimeSpan.Zero, content.ToArray()));
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<Notice>> ReadAsync(string subject, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<Notice>>([.. _notices.Where(n => n.Key.Subject == subject).Select(n => n.Value)]);
}
