using System.Buffers.Binary;
using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Posthorn.Bodies;
using Checksum = Posthorn.Journal.Format.Checksum;

namespace Posthorn.S3;

/// <summary>A body on its way into a bucket: one PUT when it fits into a part, else a multipart upload of which two parts are under way at once.</summary>
/// <param name="store">The store.</param>
/// <param name="key">The object's name.</param>
/// <param name="requests">Lets in so many requests of all uploads at once.</param>
/// <param name="uploads">Takes the ids of multipart uploads that go on.</param>
internal sealed class S3Upload(S3BodyStore store, string key, SemaphoreSlim requests, ConcurrentDictionary<string, bool> uploads) : BlockUpload(PartBytes)
{
    /// <summary>Bytes in a part. The protocol wants 5 MiB or more of all but the last.</summary>
    private const int PartBytes = 8 << 20;

    private const int OwnPartsAtOnceMax = 2;

    private readonly List<Task<PartETag>> _parts = [];
    private string? _id;

    protected override async ValueTask SendAsync(byte[] piece, int count, CancellationToken cancellationToken)
    {
        try
        {
            if (_parts.Count >= OwnPartsAtOnceMax)
                await _parts[^OwnPartsAtOnceMax]; // what fails ends the upload here
            if (_id is null)
            {
                _id = await store.CallAsync(BeginAsync, cancellationToken);
                uploads[_id] = true;
            }
        }
        catch
        {
            GiveBack(piece);
            throw;
        }
        _parts.Add(SendPartAsync(_parts.Count + 1, piece, count, cancellationToken));
    }

    protected override async ValueTask FinishAsync(byte[] piece, int count, CancellationToken cancellationToken)
    {
        if (_id is not { } id)
        {
            await SendingAsync(
                piece,
                token => store.Client.PutObjectAsync(
                    new PutObjectRequest
                    {
                        BucketName = store.Options.Bucket, Key = key, InputStream = StreamOf(piece, count), AutoCloseStream = false, UseChunkEncoding = false,
                        ContentType = "application/octet-stream", ChecksumCRC32C = ChecksumOf(piece, count),
                    },
                    token),
                cancellationToken);
            return;
        }
        await SendAsync(piece, count, cancellationToken);
        var parts = await Task.WhenAll(_parts);
        await store.CallAsync(
            token => store.Client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = store.Options.Bucket, Key = key, UploadId = id, PartETags = [.. parts] }, token),
            cancellationToken);
        uploads.TryRemove(id, out _);
    }

    protected override async ValueTask AbandonAsync()
    {
        // Their buffers are in use until they have ended.
        await Task.WhenAll(_parts).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (_id is not { } id)
            return;
        try
        {
            await store.AbortAsync(key, id, CancellationToken.None);
        }
        catch (Exception e) when (e is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It is ended when it is old.
        }
        uploads.TryRemove(id, out _);
    }

    private async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        var begun = await store.Client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest
            {
                BucketName = store.Options.Bucket, Key = key, ContentType = "application/octet-stream", ChecksumAlgorithm = ChecksumAlgorithm.CRC32C,
            },
            cancellationToken);
        return begun.UploadId;
    }

    private async Task<PartETag> SendPartAsync(int number, byte[] piece, int count, CancellationToken cancellationToken)
    {
        var checksum = ChecksumOf(piece, count);
        var sent = await SendingAsync(
            piece,
            token => store.Client.UploadPartAsync(
                new UploadPartRequest
                {
                    BucketName = store.Options.Bucket, Key = key, UploadId = _id, PartNumber = number, PartSize = count, InputStream = StreamOf(piece, count),
                    UseChunkEncoding = false, ChecksumAlgorithm = ChecksumAlgorithm.CRC32C, ChecksumCRC32C = checksum,
                },
                token),
            cancellationToken);
        return new PartETag(number, sent.ETag) { ChecksumCRC32C = checksum };
    }

    /// <summary>Sends a piece when it is its turn, and gives its buffer back.</summary>
    private async Task<T> SendingAsync<T>(byte[] piece, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            await requests.WaitAsync(cancellationToken);
            try
            {
                return await store.CallAsync(send, cancellationToken);
            }
            finally
            {
                requests.Release();
            }
        }
        finally
        {
            GiveBack(piece);
        }
    }

    private static MemoryStream StreamOf(byte[] piece, int count) => new(piece, 0, count, writable: false);

    private static string ChecksumOf(byte[] piece, int count)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Checksum.Of(piece.AsSpan(0, count)));
        return Convert.ToBase64String(bytes);
    }
}
