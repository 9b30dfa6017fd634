using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Posthorn.Bodies;
using Posthorn.Engine;

namespace Posthorn.S3;

/// <summary>What a fault of the service means, with what to do about it.</summary>
internal static class S3Faults
{
    /// <summary>Whether an object is not there (and its bucket is).</summary>
    public static bool IsMissing(Exception fault) =>
        fault is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" };

    /// <summary>A fault as the seam has it.</summary>
    public static Exception ToCaller(Exception fault, S3Options options, CancellationToken cancellationToken) => fault switch
    {
        EngineUnavailableException or StorageFullException or BodyLostException or ObjectDisposedException => fault,
        OperationCanceledException when cancellationToken.IsCancellationRequested => fault,
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => Unavailable($"There is no bucket '{options.Bucket}'{At(options)}. Make it: aws s3 mb s3://{options.Bucket}", fault),
        AmazonS3Exception { ErrorCode: "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" } =>
            Unavailable($"The bucket '{options.Bucket}' is in another region: {fault.Message} Name it: region=…", fault),
        AmazonS3Exception { ErrorCode: "QuotaExceeded" or "XMinioStorageFull" or "InsufficientStorage" } or AmazonS3Exception { StatusCode: HttpStatusCode.InsufficientStorage } =>
            new StorageFullException($"The bucket '{options.Bucket}' has no space: {fault.Message}"),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } refused => Unavailable(
            $"The bucket '{options.Bucket}' refuses these keys ({refused.ErrorCode}): {fault.Message} They need s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket, s3:ListBucketMultipartUploads and s3:AbortMultipartUpload.", fault),
        AmazonS3Exception e => Unavailable($"The bucket '{options.Bucket}' cannot be used{At(options)} ({(int)e.StatusCode} {e.ErrorCode}): {fault.Message}", fault),
        AmazonClientException when fault.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) => Unavailable(
            $"There are no keys for the bucket '{options.Bucket}': {fault.Message} Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or access-key and secret-key.", fault),
        AmazonClientException or HttpRequestException or IOException or OperationCanceledException or TimeoutException =>
            Unavailable($"The bucket '{options.Bucket}' cannot be reached{At(options)}: {Innermost(fault).Message}", fault),
        _ => fault,
    };

    private static EngineUnavailableException Unavailable(string reason, Exception fault) => new(reason, inner: fault);

    private static string At(S3Options options) => options.Endpoint is { } endpoint ? $" at {endpoint.GetLeftPart(UriPartial.Authority)}" : "";

    private static Exception Innermost(Exception fault) => fault.InnerException is { } inner ? Innermost(inner) : fault;
}
