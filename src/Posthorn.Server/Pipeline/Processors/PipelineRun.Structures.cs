using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Server.Operate.Accounts;
using Posthorn.Server.Spool;

namespace Posthorn.Server.Pipeline.Processors;

/// <content>Structures of large mails that come into mailboxes, so that a reader over IMAP who wants a subject or an attachment's name reads no body.</content>
internal sealed partial class PipelineRun
{
    /// <summary>Most mailboxes for which one mail is read: each has a header of its own. Beyond it a structure is computed when it is asked for.</summary>
    private const int StructuresMax = 4;

    /// <summary>
    /// Keeps them with the messages. Small mails need none: their bytes come with their records, and their structure is computed in no time when it is asked for.
    /// </summary>
    private async ValueTask KeepStructuresAsync(CancellationToken cancellationToken)
    {
        var kept = 0;
        for (var i = 0; i < _outputs.Count && kept < StructuresMax; i++)
        {
            var message = _outputs[i].Message;
            // A body that was written here is not there to be read before the commit.
            if (!ReferenceEquals(message.Content.Body, Input.Content.Body) || message.Content.Length <= SmallMail.BytesMax || message.Queue.IsOfMailPath() || message.Envelope.Sender is null)
                continue;
            kept++;
            if (await StructureOfAsync(message, cancellationToken) is not { IsKeepable: true } structure)
                continue;
            var attributes = new Dictionary<string, AttributeValue>(message.Attributes, StringComparer.Ordinal)
            {
                [MailAttributes.Structure] = AttributeValue.Of(structure.Encoded, type: null, isText: false),
            };
            _outputs[i] = _outputs[i] with { Message = message with { Attributes = attributes } };
        }
    }

    /// <summary>Null when the bytes are damaged: whoever reads the mail is told, its way goes on.</summary>
    private async ValueTask<MailStructure?> StructureOfAsync(NewMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await Services.Engine.OpenAsync(message.Content, cancellationToken);
            return await StructureReader.ReadAsync(content, cancellationToken);
        }
        catch (BodyLostException)
        {
            return null;
        }
    }
}
