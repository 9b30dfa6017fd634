using Microsoft.AspNetCore.Http;
using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Server.Accept.Sqs;
using Posthorn.Server.Operate.Admin.Messages;

namespace Posthorn.Server.Retrieve.Queues;

/// <summary>
/// Bodies that are too large for an answer of SQS: streamed, in ranges when asked. The receipt handle in the URL, which only who received the message
/// knows, is the right to it.
/// </summary>
internal static class LargeBodies
{
    public static async Task ShowAsync(SqsContext context, HttpContext http, string receipt)
    {
        if (!SqsReceipt.TryParse(context.Secrets.Seal, receipt, out var read))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        var message = await context.Engine.FindAsync(read.Message, http.RequestAborted);
        if (message is null || message.State == MessageState.Consumed || SqsReceipt.TagOf(message.Queue) != read.Queue)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            await BodyResult.Of(message, await context.Engine.OpenAsync(message.Content, http.RequestAborted)).ExecuteAsync(http);
        }
        catch (BodyLostException) when (!http.Response.HasStarted)
        {
            http.Response.StatusCode = StatusCodes.Status410Gone;
        }
    }
}
