using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Posthorn.Clustering;
using Posthorn.Engine;
using Posthorn.Queues;

namespace Posthorn.Server.Operate.Clustering;

/// <summary>
/// The ready groups of a queue whose groups belong to nodes. What is another node's is passed over and forgotten, so it costs no memory and is not leased
/// only to be given back; when the view of the cluster changes, everything that is ready is announced again, and whoever it belongs to now takes it up.
/// </summary>
/// <remarks>
/// Two nodes may disagree for a while on what a group belongs to (of a domain they may have learnt other mail exchangers), and each pass it over. So while groups
/// were passed over, everything is looked at again every minute.
/// </remarks>
internal sealed class OwnedGroups(IEngine engine, ICluster cluster, QueueName queue, TimeProvider time)
{
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1); // while the engine cannot be reached

    private volatile bool _hasPassedOver;

    /// <summary>A group was another node's.</summary>
    public void PassOver() => _hasPassedOver = true;

    /// <summary>The groups as they are announced, until it is cancelled. A group may be told again though nobody has taken it up.</summary>
    public async IAsyncEnumerable<string> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changed = new SemaphoreSlim(0, 1);
        void OnChanged()
        {
            lock (changed)
            {
                if (changed.CurrentCount == 0)
                    changed.Release();
            }
        }

        cluster.Changed += OnChanged;
        try
        {
            while (true)
            {
                _hasPassedOver = false;
                var groups = await OpenAsync(cancellationToken);
                using var again = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var change = changed.WaitAsync(again.Token);
                Next next;
                while ((next = await NextAsync(groups, change, cancellationToken)) == Next.Read)
                {
                    while (!change.IsCompleted && groups.TryRead(out var group))
                        yield return group;
                }

                await again.CancelAsync();
                await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (next == Next.End)
                    yield break;
            }
        }
        finally
        {
            cluster.Changed -= OnChanged;
        }
    }

    private async Task<Next> NextAsync(ChannelReader<string> groups, Task change, CancellationToken cancellationToken)
    {
        var ready = groups.WaitToReadAsync(cancellationToken).AsTask();
        while (!ready.IsCompleted && !change.IsCompleted)
        {
            using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(ready, change, Task.Delay(s_lookAgain, time, look.Token));
            await look.CancelAsync();
            if (_hasPassedOver && !ready.IsCompleted)
                break;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (change.IsCompleted || !ready.IsCompleted)
            return Next.OpenAgain;
        return await ready ? Next.Read : Next.End;
    }

    private async Task<ChannelReader<string>> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return engine.ReadyGroups(queue);
            }
            catch (EngineUnavailableException)
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }

    private enum Next
    {
        Read,
        OpenAgain,
        /// <summary>The engine is closed.</summary>
        End,
    }
}
