from socialsim.cli import doctor


def test_sound_installation_is_exit_code_0(cli):
    done = cli("doctor")
    assert done.code == 0
    assert "WRONG" not in done.out
    assert all(word in done.out for word in ("Python", "numba", "cache", "small run", "extra voting", "checkout"))


def test_cache_that_cannot_be_written_is_found(cli, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SOCIALSIM_CACHE_DIR", str(tmp_path / "file"))
    check = next(check for check in doctor.examine() if check.name == "cache")
    assert check.state == "WRONG"
    assert "SOCIALSIM_CACHE_DIR" in check.found


def test_run_that_fails_is_exit_code_1(cli, monkeypatch):
    def fail():
        raise RuntimeError("no compiler")

    monkeypatch.setattr(doctor, "_run_small", fail)
    done = cli("doctor")
    assert done.code == 1
    assert "RuntimeError: no compiler" in done.out
