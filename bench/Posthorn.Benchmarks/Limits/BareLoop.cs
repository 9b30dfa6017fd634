using Posthorn.Files;

namespace Posthorn.Benchmarks.Limits;

/// <summary>The least a group commit can do: callers copy 4 KiB into the open buffer, one loop writes and syncs it and wakes them. The figure to be compared with.</summary>
internal sealed class BareLoop(IJournalFile file, int recordBytes)
{
    private const long FileBytes = 256 << 20;
    private const int BufferBytes = 8 << 20;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private byte[] _open = new byte[BufferBytes];
    private byte[] _spare = new byte[BufferBytes];
    private int _used;
    private List<TaskCompletionSource> _waiting = [];
    private List<TaskCompletionSource> _spareWaiting = [];

    public async Task AppendAsync(ReadOnlyMemory<byte> record)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            record.Span.CopyTo(_open.AsSpan(_used));
            _used += recordBytes;
            _waiting.Add(done);
            if (_work.CurrentCount == 0)
                _work.Release();
        }
        await done.Task;
    }

    public async Task LoopAsync(CancellationToken cancellationToken)
    {
        long at = 0;
        while (true)
        {
            try
            {
                await _work.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            int used;
            byte[] buffer;
            List<TaskCompletionSource> waiting;
            lock (_gate)
            {
                if (_used == 0)
                    continue; // woken twice for one swap; swapping again would make both buffers the same one
                (buffer, used, waiting) = (_open, _used, _waiting);
                (_open, _used, _waiting) = (_spare, 0, _spareWaiting);
            }
            if (at + used > FileBytes)
                at = 0;
            await file.WriteAsync(at, buffer.AsMemory(0, used));
            await file.FlushAsync();
            at += used;
            foreach (var done in waiting)
                done.SetResult();
            waiting.Clear();
            (_spare, _spareWaiting) = (buffer, waiting);
        }
    }
}
