using Posthorn.Files;

namespace Posthorn.Server.Pipeline.Mailets;

/// <summary>The folders that attachments are saved to, each opened once.</summary>
internal sealed class AttachmentFolders(Func<string, IJournalFileSystem> open)
{
    private readonly Lock _lock = new(); // guards _opened
    private readonly Dictionary<string, IJournalFileSystem> _opened = new(StringComparer.Ordinal);

    public IJournalFileSystem Open(string folder)
    {
        lock (_lock)
        {
            if (!_opened.TryGetValue(folder, out var opened))
                _opened[folder] = opened = open(folder);
            return opened;
        }
    }
}
