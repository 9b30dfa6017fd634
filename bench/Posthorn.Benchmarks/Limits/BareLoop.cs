using Posthorn.Files;

namespace Posthorn.Benchmarks.Limits;

/// <summary>The least a group commit can do: callers copy 4 KiB into the open buffer, one loop writes and syncs it and wakes them. The figure to be compared with.</summary>
/// <param name="files">Where it writes.</param>
/// <param name="recordBytes">How long a record is.</param>
/// <param name="isKept">Whether what is written stays, in one file after another as what waits in a journal does; else one file is written over and over,
/// which never leaves the disk's cache.</param>
internal sealed class BareLoop(PhysicalFileSystem files, int recordBytes, bool isKept)
{
    private const int BufferBytes = 8 << 20;

    private readonly long _fileBytes = isKept ? 64 << 20 : 256 << 20; // the first is a segment's size
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
        var (at, number) = (0L, 0);
        var file = await CreateAsync(number);
        while (true)
        {
            try
            {
                await _work.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                await file.DisposeAsync();
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
            if (at + used > _fileBytes)
            {
                at = 0;
                if (isKept)
                {
                    await file.DisposeAsync();
                    file = await CreateAsync(++number);
                }
            }
            await file.WriteAsync(at, buffer.AsMemory(0, used));
            await file.FlushAsync();
            at += used;
            foreach (var done in waiting)
                done.SetResult();
            waiting.Clear();
            (_spare, _spareWaiting) = (buffer, waiting);
        }
    }

    private async Task<IJournalFile> CreateAsync(int number)
    {
        var file = await files.OpenAsync($"bare-{number}", OpenIntent.Create);
        await file.SetLengthAsync(_fileBytes);
        return file;
    }
}
