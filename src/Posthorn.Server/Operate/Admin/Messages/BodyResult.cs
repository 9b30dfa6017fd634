using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Posthorn.Server.Spool;
using Message = Posthorn.Messages.Message;

namespace Posthorn.Server.Operate.Admin.Messages;

/// <summary>A message's bytes as an answer: streamed, with their length, in ranges when asked.</summary>
internal static class BodyResult
{
    public static FileStreamHttpResult Of(Message message, Stream content) => TypedResults.Stream(
        content,
        // A browser is never to run what somebody sent.
        message.IsMail() ? "message/rfc822" : "application/octet-stream",
        message.Id + (message.IsMail() ? ".eml" : ".bin"),
        enableRangeProcessing: true);
}
