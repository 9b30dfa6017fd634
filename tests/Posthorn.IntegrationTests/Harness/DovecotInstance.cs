using System.Globalization;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>
/// A real Dovecot of its own, the reference for IMAP and POP3: configuration, mail (mdbox) and log in a throw-away folder, on free ports. Any user name
/// and password is taken.
/// </summary>
internal sealed class DovecotInstance : IAsyncDisposable
{
    /// <summary>Who owns the mail: Dovecot refuses to give it to root.</summary>
    private const string Owner = "mail";

    private readonly TemporaryFolder _folder = new();
    private ChildProcess? _process;

    private DovecotInstance()
    {
    }

    public int ImapPort { get; } = FreePort.Take();

    public int Pop3Port { get; } = FreePort.Take();

    public string Log => File.Exists(_folder["log"]) ? File.ReadAllText(_folder["log"]) : "";

    public static async Task<DovecotInstance> StartAsync(string settings = "")
    {
        if (Environment.UserName != "root")
            throw new InvalidOperationException("Dovecot starts as root only: run ./test as root.");
        var dovecot = new DovecotInstance();
        try
        {
            await dovecot.ConfigureAsync(settings);
            dovecot._process = ChildProcess.Start("/usr/sbin/dovecot", ["-F", "-c", dovecot._folder["dovecot.conf"]]);
            await Until.TrueAsync(
                async () => dovecot._process.HasExited || (await FreePort.IsServedAsync(dovecot.ImapPort) && await FreePort.IsServedAsync(dovecot.Pop3Port)), "Dovecot listens");
            if (dovecot._process.HasExited)
                throw new InvalidOperationException($"Dovecot did not start: {dovecot._process.Error}\n{dovecot.Log}");
            return dovecot;
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Signal(ChildProcess.Terminate);
            await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        }
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task ConfigureAsync(string settings)
    {
        foreach (var name in new[] { "run", "state", "mail", "home" })
            Directory.CreateDirectory(_folder[name]);
        // Its processes run as several users, who all have to get there.
        var opened = await ChildProcess.RunAsync("/bin/sh", ["-c", $"chmod 755 '{_folder.Path}' && chown {Owner} '{_folder["mail"]}' '{_folder["home"]}'"]);
        if (opened.ExitCode != 0)
            throw new InvalidOperationException($"The user '{Owner}' is missing: {opened}");
        File.WriteAllText(_folder["dovecot.conf"], $$"""
            base_dir = {{_folder["run"]}}
            state_dir = {{_folder["state"]}}
            log_path = {{_folder["log"]}}
            protocols = imap pop3
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            default_internal_user = root
            default_internal_group = root
            default_login_user = dovenull
            first_valid_uid = 1
            first_valid_gid = 1
            mail_location = mdbox:{{_folder["mail"]}}/%u
            mail_uid = {{Owner}}
            mail_gid = {{Owner}}
            passdb {
              driver = static
              args = nopassword=y
            }
            userdb {
              driver = static
              args = uid={{Owner}} gid={{Owner}} home={{_folder["home"]}}/%u
            }
            namespace inbox {
              inbox = yes
              separator = /
            }
            service imap-login {
              chroot =
              inet_listener imap {
                port = {{ImapPort.ToString(CultureInfo.InvariantCulture)}}
              }
              inet_listener imaps {
                port = 0
              }
            }
            service pop3-login {
              chroot =
              inet_listener pop3 {
                port = {{Pop3Port.ToString(CultureInfo.InvariantCulture)}}
              }
              inet_listener pop3s {
                port = 0
              }
            }
            service anvil {
              chroot =
            }
            service stats {
              chroot =
            }
            {{settings}}

            """);
    }
}
