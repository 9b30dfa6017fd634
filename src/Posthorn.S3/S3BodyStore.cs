using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.S3;
using Amazon.S3.Model;
using Posthorn.Bodies;
using Posthorn.Engine;
using Posthorn.Journal.Storage;

namespace Posthorn.S3;

/// <summary>Bodies as objects of a bucket in S3 or what speaks its protocol: one PUT each for those up to 8 MiB, multipart uploads beyond.</summary>
/// <remarks>
/// The objects are <c>prefix/owner/ab/id</c>, each body with its checksums behind it (docs/formats/journal.md, body files). Each part is sent with its
/// CRC-32C, which the service checks; what is read is checked block by block.
/// <para><i>Diagnostics.</i> Requests are repeated as the options say; then <see cref="EngineUnavailableException"/> with what to do. An upload that failed or was
/// given up is aborted; one whose abort failed too is found by <see cref="EndUploadsAsync"/>.</para>
/// <para><i>Limits.</i> 10 000 parts: bodies up to 78 GiB. An upload takes 8 MiB of memory for each part under way, two at most, and one that fills.</para>
/// </remarks>
public sealed class S3BodyStore : IBodyStore
{
    /// <summary>Most names that one request to delete has, by the protocol.</summary>
    private const int RemovedAtOnce = 1_000;

    /// <summary>What is left of a body that short is read whole, by one request.</summary>
    private const int WholeBytesMax = 1 << 20;

    /// <summary>Parts under way at once, of all uploads.</summary>
    private const int PartsAtOnceMax = 16;

    // The multipart uploads of this process that go on, by upload id.
    private readonly ConcurrentDictionary<string, bool> _uploads = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _requests = new(PartsAtOnceMax);

    private S3BodyStore(S3Options options, IAmazonS3 client) => (Options, Client) = (options, client);

    /// <inheritdoc/>
    public string Place => $"s3://{Options.Bucket}/{Options.Prefix}";

    internal S3Options Options { get; }

    internal IAmazonS3 Client { get; }

    /// <summary>A store; nothing is sent yet.</summary>
    /// <exception cref="BodyStoreUnusableException">The profile is not there, or the settings contradict each other.</exception>
    public static S3BodyStore Open(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.IsPathStyle,
            MaxErrorRetry = options.RetriesMax,
            Timeout = options.Timeout,
            // Parts carry checksums of ours; trailers that the SDK would add by itself are what many services do not know.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (options.Region is { } region)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        try
        {
            return new S3BodyStore(options, KeysOf(options) is { } keys ? new AmazonS3Client(keys, config) : new AmazonS3Client(config));
        }
        catch (AmazonClientException e)
        {
            throw new BodyStoreUnusableException($"The bucket '{options.Bucket}' cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBodyUpload> BeginAsync(BodyName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IBodyUpload>(new S3Upload(this, KeyOf(name), _requests, _uploads));
    }

    /// <inheritdoc/>
    public async ValueTask<IBodyReader> OpenAsync(BodyName name, long length, long offset, CancellationToken cancellationToken)
    {
        var endLength = (BodyFileFormat.Blocks(length) * sizeof(uint)) + BodyFileFormat.TrailerLength;
        var start = Math.Min(offset, length) / BodyFileFormat.BlockLength * BodyFileFormat.BlockLength;
        // A short one whole: one request rather than two.
        var isWhole = length - start <= WholeBytesMax;
        var from = isWhole ? start : length;
        var bytes = new byte[length + endLength - from];
        var source = new S3Source(this, KeyOf(name), length + endLength);
        var count = await source.ReadAsync(from, bytes, cancellationToken);
        if (count != bytes.Length || source.ObjectLength != length + endLength || !BodyFileFormat.TryReadEnd(bytes.AsSpan((int)(length - from)), length, out var checksums))
            throw new BodyLostException($"The object {KeyOf(name)} of the bucket '{Options.Bucket}' is damaged: its length or its checksums are not what was written.", isDamaged: true);
        return new BlockReader(name.Path, length, checksums, ReadAsync, source);

        async ValueTask<int> ReadAsync(long at, Memory<byte> buffer, CancellationToken token)
        {
            if (!isWhole || at < from)
                return await source.ReadAsync(at, buffer, token);
            bytes.AsMemory((int)(at - from), buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(IReadOnlyCollection<BodyName> names, CancellationToken cancellationToken)
    {
        foreach (var part in names.Select(KeyOf).Chunk(RemovedAtOnce))
        {
            if (part is [var one])
            {
                await CallAsync(token => Client.DeleteObjectAsync(Options.Bucket, one, token), cancellationToken);
                continue;
            }
            var request = new DeleteObjectsRequest { BucketName = Options.Bucket, Quiet = true, Objects = [.. part.Select(key => new KeyVersion { Key = key })] };
            await CallAsync(token => Client.DeleteObjectsAsync(request, token), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<FoundBody> ListAsync(Guid owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = Options.Bucket, Prefix = $"{Options.Prefix}{owner:n}/" };
        while (true)
        {
            var page = await CallAsync(token => Client.ListObjectsV2Async(request, token), cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                if (BodyName.Parse(found.Key[Options.Prefix.Length..]) is { IsMark: false } name)
                    yield return new FoundBody(name, found.LastModified is { } time ? new DateTimeOffset(time.ToUniversalTime()) : DateTimeOffset.MaxValue);
            }
            if (page.IsTruncated != true)
                yield break;
            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <inheritdoc/>
    public async ValueTask EndUploadsAsync(Guid owner, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = Options.Bucket, Prefix = $"{Options.Prefix}{owner:n}/" };
        while (true)
        {
            var page = await CallAsync(token => UploadsAsync(request, token), cancellationToken);
            if (page is null)
                return;
            foreach (var upload in page.MultipartUploads ?? [])
            {
                if (upload.Initiated is not { } begun || begun.ToUniversalTime() >= before.UtcDateTime || _uploads.ContainsKey(upload.UploadId))
                    continue;
                await CallAsync(token => AbortAsync(upload.Key, upload.UploadId, token), cancellationToken);
            }
            if (page.IsTruncated != true)
                return;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        _requests.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Calls the service; its faults are told as the seam has them.</summary>
    internal async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (Exception e)
        {
            var told = S3Faults.ToCaller(e, Options, cancellationToken);
            if (told == e)
                throw;
            throw told;
        }
    }

    /// <summary>Aborts a multipart upload; one that is not there any more is no error.</summary>
    internal async Task<bool> AbortAsync(string key, string upload, CancellationToken cancellationToken)
    {
        try
        {
            await Client.AbortMultipartUploadAsync(Options.Bucket, key, upload, cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (S3Faults.IsMissing(e))
        {
            return false;
        }
    }

    /// <summary>A page of the multipart uploads; null when the service cannot list them, and ends what is old by a rule of its own.</summary>
    private async Task<ListMultipartUploadsResponse?> UploadsAsync(ListMultipartUploadsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.ListMultipartUploadsAsync(request, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotImplemented)
        {
            return null;
        }
    }

    private string KeyOf(BodyName name) => Options.Prefix + name.Path;

    private static AWSCredentials? KeysOf(S3Options options)
    {
        if (options is { AccessKey: { } access, SecretKey: { } secret })
            return new BasicAWSCredentials(access, secret);
        if (options.Profile is not { } profile)
            return null;
        return new CredentialProfileStoreChain().TryGetAWSCredentials(profile, out var keys)
            ? keys
            : throw new BodyStoreUnusableException($"There is no profile '{profile}' in the shared credentials file. Make it: aws configure --profile {profile}");
    }
}
