using Microsoft.AspNetCore.Http;

namespace Posthorn.Server.Accept.Aws;

/// <summary>A request as it came in, and where its answer is written to.</summary>
/// <param name="Http">The request.</param>
/// <param name="Id">Names it in the answer.</param>
/// <param name="Target">What JSON clients say they want; empty when they do not.</param>
/// <param name="Body">The body, whole. Reading a form decodes it where it stands.</param>
/// <param name="Response">Takes the answer.</param>
internal sealed record AwsRequest(HttpContext Http, string Id, string Target, PooledBuffer Body, PooledBuffer Response)
{
    /// <summary>Whether it is of the JSON protocol, and so for SQS: SNS has none.</summary>
    public bool IsJson => Target.Length > 0;
}
