using Posthorn.Bodies;
using Posthorn.Files;
using Posthorn.Journal;

namespace Posthorn.Cli.Serving;

/// <summary>The data folder: the journal in <c>journal/</c>, locked to this process; the timeline beside it.</summary>
internal static class DataFolder
{
    public static string JournalOf(string data) => Path.Combine(data, "journal");

    /// <summary>Takes the folder, made when it does not exist.</summary>
    /// <exception cref="StartException">It cannot be used; the message says why and what to do.</exception>
    public static PhysicalFileSystem Open(string data)
    {
        try
        {
            return new PhysicalFileSystem(JournalOf(data));
        }
        catch (FolderInUseException e)
        {
            throw new StartException($"The data folder '{data}' is in use by another process. Stop that one, or give this one another folder with --data.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartException($"The data folder '{data}' cannot be used: {e.Message} Give --data a folder that this user may write.", e);
        }
    }

    /// <summary>Opens the journal and recovers what a crash left.</summary>
    /// <exception cref="StartException">It cannot be opened; the message says why and what to do.</exception>
    public static async Task<JournalEngine> OpenEngineAsync(
        IJournalFileSystem files, string data, TimeProvider time, CancellationToken cancellationToken, IProgress<double>? progress = null, IBodyStore? bodies = null,
        TimeSpan? bodyGrace = null)
    {
        var settings = new JournalOptions { CallersWrite = true, Bodies = bodies };
        try
        {
            return await JournalEngine.OpenAsync(files, bodyGrace is { } grace ? settings with { BodyGrace = grace } : settings, time, progress: progress, cancellationToken: cancellationToken);
        }
        catch (BodyStoreUnusableException e)
        {
            throw new StartException($"The bodies cannot be opened (engine.bodies): {e.Message}", e);
        }
        catch (JournalDamagedException e)
        {
            throw new StartException(
                $"{e.Message}{Environment.NewLine}To see all of it: posthorn journal check --data {data}{Environment.NewLine}To repair: posthorn journal repair --data {data}", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartException($"The journal in '{JournalOf(data)}' cannot be opened: {e.Message}", e);
        }
    }
}
