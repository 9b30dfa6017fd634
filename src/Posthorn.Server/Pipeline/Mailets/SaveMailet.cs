using Posthorn.Server.Operate.Configuration;
using Posthorn.Server.Pipeline.Processors;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>
/// <c>save-attachments</c>: saves attachments, decoded, to a folder or a queue, and leaves the mail as it is. A file is whole, on stable storage and under
/// its name before the mail goes on; when the mail is tried again it is written again under the same name.
/// </summary>
internal sealed class SaveMailet(AttachmentSaving saving) : IMailet
{
    private const string Example = "save-attachments: incoming, or save-attachments: { queue: files, name: \"\\\\.pdf$\" }";

    public async ValueTask ExecuteAsync(MailContext mail, CancellationToken cancellationToken) => await saving.SaveAsync(mail, cancellationToken);

    public static SaveMailet? Create(MailetBinding binding)
    {
        if (binding.Value is not ConfigNode.Scalar { Text.Length: > 0 } scalar)
            return AttachmentSaving.Create(binding, "queue", "folder", Example) is { } saving ? new SaveMailet(saving) : null;
        var folder = scalar.Location.ResolvePath(scalar.Text);
        if (AttachmentSaving.WhyNotMade(folder) is not { } reason)
            return new SaveMailet(new AttachmentSaving(null, folder, null, null));
        binding.Refuse(reason);
        return null;
    }
}
