using Posthorn.Bodies;

namespace Posthorn.Journal.Storage;

/// <summary>Content whose body is in a file, which the stream closes. What is read is checked block by block.</summary>
internal sealed class FileContentStream(Content content, BodyFile file) : ContentStream(content)
{
    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override ValueTask<int> ReadBodyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => file.ReadAsync(offset, buffer);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        var closing = file.DisposeAsync();
#pragma warning disable VSTHRD002 // Files of a real disk complete before they return; only a simulated one could make this wait.
        if (!closing.IsCompletedSuccessfully)
            closing.AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }
}
