namespace Posthorn.Bodies;

/// <summary>Content whose body is read from where it is stored, by a reader that the stream closes.</summary>
internal sealed class ReaderContentStream(Content content, IBodyReader reader) : ContentStream(content)
{
    public override async ValueTask DisposeAsync()
    {
        await reader.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override ValueTask<int> ReadBodyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => reader.ReadAsync(offset, buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        var closing = reader.DisposeAsync();
#pragma warning disable VSTHRD002 // Files of a real disk complete before they return, and connections are only let go; a simulated file could make this wait.
        if (!closing.IsCompletedSuccessfully)
            closing.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
