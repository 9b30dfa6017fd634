using Posthorn.Engine;
using Posthorn.Messages;
using Posthorn.Protocols.Imap.Structure;
using Posthorn.Server.Retrieve.Mailboxes;

namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>The header of a mail, read without its body: its structure knows how long it is, and its checksum.</summary>
internal static class MailHeader
{
    /// <summary>Reads it.</summary>
    /// <param name="engine">Where from.</param>
    /// <param name="message">The message.</param>
    /// <param name="rendering">The message as a mail.</param>
    /// <param name="structure">The mail's structure.</param>
    /// <param name="target">Takes <see cref="MailStructure.HeaderLength"/> bytes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when it cannot be had without the body: the mail is to be opened, which tells what is wrong, if anything is.</returns>
    /// <exception cref="BodyLostException">The message is gone.</exception>
    public static ValueTask<bool> TryReadAsync(
        IEngine engine, Message message, MailRendering rendering, MailStructure structure, Memory<byte> target, CancellationToken cancellationToken) =>
        rendering.IsAsItCame && structure.HeaderChecksum is { } checksum
            ? engine.TryReadStartAsync(message.Content, target, checksum, cancellationToken)
            : ValueTask.FromResult(false);
}
