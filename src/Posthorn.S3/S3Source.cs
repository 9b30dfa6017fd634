using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Posthorn.Engine;

namespace Posthorn.S3;

/// <summary>An object's bytes, read along in windows; a connection that breaks in the middle is begun again where it broke.</summary>
/// <param name="store">The store.</param>
/// <param name="key">The object's name.</param>
/// <param name="length">How long it ought to be.</param>
internal sealed class S3Source(S3BodyStore store, string key, long length) : IAsyncDisposable
{
    /// <summary>Most bytes that a request asks for: whoever reads only the beginning of a large body costs no more.</summary>
    private const int WindowBytes = 8 << 20;

    private const int AttemptsMax = 3;

    private GetObjectResponse? _window;
    private long _at;
    private long _windowEnd;

    /// <summary>How long the object is, once something of it was read.</summary>
    public long ObjectLength { get; private set; } = -1;

    /// <summary>Reads so many bytes, fewer only at the object's end.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = 0;
        for (var attempt = 1; count < buffer.Length && offset + count < length;)
        {
            try
            {
                var part = await ReadPartAsync(offset + count, buffer[count..], cancellationToken);
                if (part == 0)
                    break;
                count += part;
                attempt = 1;
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                throw new BodyLostException($"The object {key} of the bucket '{store.Options.Bucket}' is damaged: it is shorter than what was written.", isDamaged: true, e);
            }
            catch (Exception e) when (!S3Faults.IsMissing(e))
            {
                Close();
                var told = S3Faults.ToCaller(e, store.Options, cancellationToken);
                if (told == e)
                    throw;
                if (told is not EngineUnavailableException || attempt++ >= AttemptsMax)
                    throw told;
            }
            catch (Exception e)
            {
                throw new BodyLostException($"The object {key} is not in the bucket '{store.Options.Bucket}'.", isDamaged: false, e);
            }
        }
        return count;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private async Task<int> ReadPartAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_window is null || offset != _at || _at >= _windowEnd)
        {
            Close();
            (_at, _windowEnd) = (offset, Math.Min(offset + Math.Max(WindowBytes, buffer.Length), length));
            var request = new GetObjectRequest { BucketName = store.Options.Bucket, Key = key, ByteRange = new ByteRange(_at, _windowEnd - 1) };
            _window = await store.Client.GetObjectAsync(request, cancellationToken);
            // "bytes 0-99/1234": the whole's length, which a shorter answer would hide.
            ObjectLength = _window.ContentRange?.Split('/') is [_, var whole] && long.TryParse(whole, out var told) ? told : _window.ContentLength;
        }
        var count = await _window.ResponseStream.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _windowEnd - _at)], cancellationToken);
        if (count == 0 && offset < ObjectLength)
            throw new IOException("The connection ended in the middle of an object.");
        _at += count;
        return count;
    }

    private void Close()
    {
        _window?.Dispose();
        _window = null;
    }
}
