using System.Threading.Channels;

namespace Posthorn.PostgreSql.Committing;

/// <summary>What waits for the writer, in its order. Many add, the writer takes.</summary>
internal sealed class WorkQueue
{
    private readonly Channel<Work> _works = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true });
    private int _operations;

    /// <summary>How many operations wait.</summary>
    public int Operations => Volatile.Read(ref _operations);

    /// <returns>False when the writer has ended.</returns>
    public bool TryAdd(Work work)
    {
        Interlocked.Add(ref _operations, work.Operations); // before it is there to be taken
        if (_works.Writer.TryWrite(work))
            return true;
        Interlocked.Add(ref _operations, -work.Operations);
        return false;
    }

    /// <summary>Nothing is added any more.</summary>
    public void Complete() => _works.Writer.TryComplete();

    /// <summary>Completes when something waits: false when nothing will any more.</summary>
    public ValueTask<bool> WaitAsync() => _works.Reader.WaitToReadAsync(CancellationToken.None);

    /// <summary>Takes what waits, until there are so many works, or so many operations.</summary>
    public List<Work> Take(int worksMax, int operationsMax)
    {
        var works = new List<Work>();
        var operations = 0;
        while (works.Count < worksMax && operations < operationsMax && _works.Reader.TryRead(out var work))
        {
            works.Add(work);
            operations += work.Operations;
        }
        Interlocked.Add(ref _operations, -operations);
        return works;
    }
}
