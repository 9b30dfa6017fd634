using Posthorn.Files;
using Posthorn.Simulation.World;

namespace Posthorn.Simulation.Disk;

/// <summary>A disk in memory that forgets what was not made durable. The fault model:</summary>
/// <remarks>
/// <para>A write is visible at once and durable after the file's flush. At a power loss each dirty 4 KiB page is kept, dropped, or torn at
/// 512 bytes; the length may land before the data (a tail of zeros). A created, renamed or deleted name is durable after its folder's flush;
/// at a power loss a prefix of a folder's pending operations survives (hostile disks: any subset). Sometimes everything survives.</para>
/// <para>A failed flush loses a random part of the pages, which look clean afterwards (Linux since forever; PostgreSQL's fsyncgate).
/// Faults strike at the I/O with a given number, once or from then on.</para>
/// <para>Not modelled: bytes that rot by themselves (tests flip those directly), misdirected writes, a folder that itself vanishes.</para>
/// </remarks>
public sealed class SimulatedDisk : IJournalFileSystem
{
    internal const int PageBytes = 4096;
    internal const int SectorBytes = 512;

    private readonly SimulationContext _context;
    private readonly SimulationRandom _random;
    private readonly Dictionary<string, SimulatedFolder> _folders = new(StringComparer.Ordinal);
    private readonly long _capacityBytes;
    private bool _isPowerLost;

    public SimulatedDisk(SimulationContext context, SimulationRandom random, long capacityBytes = 1L << 30)
    {
        _context = context;
        _random = random.Fork("disk");
        _capacityBytes = capacityBytes;
    }

    /// <summary>I/Os so far; faults strike by this number.</summary>
    public int IoCount { get; private set; }

    /// <summary>The number of the I/O that goes wrong; negative is none.</summary>
    public int FaultAt { get; init; } = -1;

    public Fault Fault { get; init; }

    /// <summary>Whether every later I/O of the kind goes wrong too.</summary>
    public bool IsFaultLasting { get; init; }

    public Lie Lies { get; init; }

    /// <summary>Whether directory operations survive as any subset instead of a prefix.</summary>
    public bool IsHostile { get; init; }

    public bool HasFaultStruck { get; private set; }

    /// <summary>Bytes that other users of the disk take; may change at any time.</summary>
    public long TakenByOthersBytes { get; set; }

    public long FreeBytes => Math.Max(0, _capacityBytes - TakenByOthersBytes - UsedBytes);

    private long UsedBytes => _folders.Values.Sum(f => f.Visible.Values.Sum(inode => inode.Length));

    public IReadOnlyList<string> List(string folder)
    {
        _context.AssertOnSimulatorThread();
        ThrowIfPowerLost();
        return [.. Folder(folder).Visible.Keys.Order(StringComparer.Ordinal)];
    }

    public async ValueTask<IJournalFile> OpenAsync(string name, OpenIntent intent)
    {
        await PauseAsync();
        var (folder, file) = Split(name);
        if (intent == OpenIntent.Create)
        {
            if (folder.Visible.ContainsKey(file))
                throw new IOException($"{name} exists.");
            if (Strike() == Fault.NoSpace)
                throw new IOException($"No space for {name}.");
            var created = new SimulatedInode();
            folder.Do(new FolderOperation(file, created));
            CrashIfDue();
            return new SimulatedFile(this, created);
        }
        return folder.Visible.TryGetValue(file, out var inode)
            ? new SimulatedFile(this, inode)
            : throw new FileNotFoundException($"{name} does not exist.");
    }

    public async ValueTask RenameAsync(string from, string to)
    {
        await PauseAsync();
        Strike();
        var (fromFolder, fromFile) = Split(from);
        var (toFolder, toFile) = Split(to);
        if (!fromFolder.Visible.TryGetValue(fromFile, out var inode))
            throw new FileNotFoundException($"{from} does not exist.");
        // One operation when both names lie in one folder: a rename is atomic in a journalled file system.
        if (fromFolder == toFolder)
            fromFolder.Do(new FolderOperation(toFile, inode, fromFile));
        else
        {
            toFolder.Do(new FolderOperation(toFile, inode));
            fromFolder.Do(new FolderOperation(fromFile, null));
        }
        CrashIfDue();
    }

    public async ValueTask DeleteAsync(string name)
    {
        await PauseAsync();
        Strike();
        var (folder, file) = Split(name);
        if (folder.Visible.ContainsKey(file))
            folder.Do(new FolderOperation(file, null));
        CrashIfDue();
    }

    public async ValueTask FlushFolderAsync(string folder)
    {
        await PauseAsync();
        var fault = Strike();
        if (fault == Fault.FlushFails && !Lies.HasFlag(Lie.FailedFlushSucceeds))
            throw new IOException($"Flushing folder {folder} failed.");
        if (!Lies.HasFlag(Lie.FolderFlushDoesNothing) && fault != Fault.FlushFails)
            Folder(folder).MakeDurable();
        CrashIfDue();
    }

    /// <summary>The disk as the next start finds it after a power loss now.</summary>
    public SimulatedDisk AfterPowerLoss(SimulationContext context, SimulationRandom random) => Survive(context, random, inode => inode.AfterPowerLoss(random), f => f.AfterPowerLoss(random, IsHostile, everything: random.Chance(1, 10)));

    /// <summary>The disk as the next start finds it after the process alone died: the page cache survives.</summary>
    public SimulatedDisk AfterKill(SimulationContext context, SimulationRandom random) => Survive(context, random, inode => inode.AfterKill(), f => f.Visible);

    /// <summary>The same disk with a power loss planted at an I/O; everything on it counts as durable already.</summary>
    public SimulatedDisk Rigged(SimulationContext context, SimulationRandom random, int crashAt)
    {
        var rigged = new SimulatedDisk(context, random, _capacityBytes) { Lies = Lies, IsHostile = IsHostile, FaultAt = crashAt, Fault = Fault.CrashBefore };
        foreach (var (name, folder) in _folders)
            rigged._folders[name] = folder;
        return rigged;
    }

    /// <summary>From now on every I/O of the old process fails.</summary>
    public void LosePower() => _isPowerLost = true;

    internal async ValueTask PauseAsync()
    {
        _context.AssertOnSimulatorThread();
        ThrowIfPowerLost();
        await Task.Yield(); // So that other work runs between any two I/Os.
        ThrowIfPowerLost();
    }

    /// <summary>Counts an I/O; throws or tells what goes wrong with it.</summary>
    internal Fault? Strike()
    {
        var number = IoCount++;
        _context.Trace((ulong)number);
        _pendingCrash = false;
        if (FaultAt < 0 || (number != FaultAt && !(IsFaultLasting && number > FaultAt)))
            return null;
        HasFaultStruck = true;
        switch (Fault)
        {
            case Fault.CrashBefore:
                LosePower();
                throw new PowerLossException();
            case Fault.CrashAfter:
                _pendingCrash = true;
                return null;
            case Fault.IoError:
                return Fault.IoError;
            default:
                return Fault;
        }
    }

    private bool _pendingCrash;

    internal void CrashIfDue()
    {
        if (!_pendingCrash)
            return;
        LosePower();
        throw new PowerLossException();
    }

    internal SimulationRandom Random => _random;

    private SimulatedDisk Survive(SimulationContext context, SimulationRandom random, Func<SimulatedInode, SimulatedInode> inodes, Func<SimulatedFolder, Dictionary<string, SimulatedInode>> names)
    {
        LosePower();
        var next = new SimulatedDisk(context, random, _capacityBytes) { Lies = Lies, IsHostile = IsHostile };
        var survivors = new Dictionary<SimulatedInode, SimulatedInode>();
        foreach (var (name, folder) in _folders.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var survived = new SimulatedFolder();
            foreach (var (file, inode) in names(folder).OrderBy(f => f.Key, StringComparer.Ordinal))
            {
                if (!survivors.TryGetValue(inode, out var after))
                    survivors[inode] = after = inodes(inode);
                survived.Adopt(file, after);
            }
            next._folders[name] = survived;
        }
        return next;
    }

    private void ThrowIfPowerLost()
    {
        if (_isPowerLost)
            throw new PowerLossException();
    }

    private SimulatedFolder Folder(string name)
    {
        if (!_folders.TryGetValue(name, out var folder))
            _folders[name] = folder = new SimulatedFolder();
        return folder;
    }

    private (SimulatedFolder Folder, string File) Split(string name)
    {
        var slash = name.LastIndexOf('/');
        return (Folder(slash < 0 ? "" : name[..slash]), name[(slash + 1)..]);
    }
}
