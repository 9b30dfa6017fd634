using Posthorn.Protocols.Aws;

namespace Posthorn.Server.Accept.Aws;

/// <summary>One of the services that share the door: reads its own protocol, and answers in it.</summary>
internal interface IAwsService
{
    /// <summary>Whether a request needs no signature: what it carries (a token, a subscription's name) is the right to it.</summary>
    bool IsOpen(AwsRequest request);

    /// <summary>Does what is asked and writes the answer, whole, when all is done.</summary>
    /// <returns>The answer's content type; null when the request asks for nothing.</returns>
    /// <exception cref="AwsException">It is refused; what was written counts for nothing.</exception>
    ValueTask<string?> AnswerAsync(AwsRequest request, AwsCaller caller);

    /// <summary>Writes a refusal.</summary>
    /// <returns>Its HTTP status and content type.</returns>
    (int Status, string ContentType) Refuse(AwsRequest request, AwsException error);

    /// <summary>The kind of refusal for a value or a message that is too large for its queue.</summary>
    AwsException Invalid(string reason);
}
