using System.Buffers;
using Posthorn.Engine;
using Posthorn.Journal.Format;
using Posthorn.Journal.Storage;

namespace Posthorn.Bodies;

/// <summary>An upload of a body as stores of whole files keep it: its bytes, the checksums of its blocks, a trailer (<see cref="BodyFileFormat"/>). Who derives sends pieces.</summary>
/// <param name="pieceBytes">Bytes in a piece: a multiple of the block's.</param>
internal abstract class BlockUpload(int pieceBytes) : IBodyUpload
{
    private const int SharedPoolMax = 1 << 20;

    // The shared pool keeps an array for each thread that gave one back: with pieces of 8 MiB that is more memory than uploads need. Four are what one upload has.
    private static readonly ArrayPool<byte> s_large = ArrayPool<byte>.Create(maxArrayLength: 32 << 20, maxArraysPerBucket: 4);

    private readonly List<uint> _checksums = [];
    private byte[] _piece = [];
    private int _filled;
    private long _sent;
    private State _state;

    private enum State
    {
        Open,
        Completed,
        Lost,
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        _state = State.Lost; // until all is taken
        while (!bytes.IsEmpty)
        {
            if (_filled == pieceBytes)
                await SendAsync(cancellationToken);
            var count = Math.Min(bytes.Length, pieceBytes - _filled);
            Reserve(_filled + count);
            bytes[..count].CopyTo(_piece.AsMemory(_filled));
            _filled += count;
            bytes = bytes[count..];
        }
        _state = State.Open;
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded();
        _state = State.Lost;
        NoteBlocks();
        var end = BodyFileFormat.End(_sent + _filled, _checksums);
        Reserve(_filled + end.Length);
        end.CopyTo(_piece, _filled);
        var (piece, count) = (_piece, _filled + end.Length);
        (_piece, _filled) = ([], 0);
        await FinishAsync(piece, count, cancellationToken);
        _state = State.Completed;
    }

    public async ValueTask DisposeAsync()
    {
        GiveBack(_piece);
        _piece = [];
        if (_state != State.Completed)
            await AbandonAsync();
        _state = State.Completed;
    }

    /// <summary>Takes a piece that is not the last. The buffer is the callee's, who gives it back.</summary>
    protected abstract ValueTask SendAsync(byte[] piece, int count, CancellationToken cancellationToken);

    /// <summary>Takes the last piece and makes the whole durable. The buffer is the callee's.</summary>
    protected abstract ValueTask FinishAsync(byte[] piece, int count, CancellationToken cancellationToken);

    /// <summary>Removes what was sent. Does not throw: what cannot be removed now is an upload that nobody goes on with.</summary>
    protected abstract ValueTask AbandonAsync();

    protected static void GiveBack(byte[] piece)
    {
        if (piece.Length > 0)
            PoolFor(piece.Length).Return(piece);
    }

    // Both pools round up to powers of two, and so is the limit: no array of one is taken for the other's.
    private static ArrayPool<byte> PoolFor(int length) => length <= SharedPoolMax ? ArrayPool<byte>.Shared : s_large;

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        NoteBlocks();
        var (piece, count) = (_piece, _filled);
        (_piece, _filled) = ([], 0);
        _sent += count;
        await SendAsync(piece, count, cancellationToken);
    }

    private void NoteBlocks()
    {
        for (var at = 0; at < _filled; at += BodyFileFormat.BlockLength)
            _checksums.Add(Checksum.Of(_piece.AsSpan(at, Math.Min(BodyFileFormat.BlockLength, _filled - at))));
    }

    private void Reserve(int length)
    {
        if (length <= _piece.Length)
            return;
        var wanted = Math.Max(length, Math.Min(_piece.Length * 2, pieceBytes));
        var larger = PoolFor(wanted).Rent(wanted);
        _piece.AsSpan(0, _filled).CopyTo(larger);
        GiveBack(_piece);
        _piece = larger;
    }

    private void ThrowIfEnded()
    {
        if (_state == State.Lost)
            throw new EngineUnavailableException("The upload of this body failed before: it must be begun anew.");
        ObjectDisposedException.ThrowIf(_state != State.Open, this);
    }
}
