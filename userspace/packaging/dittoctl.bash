# SPDX-License-Identifier: GPL-2.0-only
# Completion of dittoctl for bash. Names come from the kernel, where we may ask.

# Values of the key NAME in what a command says in JSON.
_dittoctl_names()
{
	dittoctl "${@:2}" --json 2>/dev/null |
		sed -n 's/^ *"'"$1"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' | sort -u
}

_dittoctl_words()
{
	local IFS=$'\n'

	COMPREPLY=($(compgen -W "$(printf '%s\n' "$@")" -- "$cur"))
}

_dittoctl_client()
{
	local before=

	# behind a comma come options
	[[ $cur == *,* ]] || return
	before=${cur%,*},
	cur=${cur##*,}
	_dittoctl_words rw ro root_squash no_root_squash all_squash secure insecure anonuid= \
		anongid= sec=sys
	COMPREPLY=("${COMPREPLY[@]/#/$before}")
	compopt -o nospace
}

# What stands behind an option that takes a value; fails if @prev is none.
_dittoctl_value()
{
	case $prev in
	--path) compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur")) ;;
	--client)
		if [[ ${words[1]} == locks ]]; then
			_dittoctl_words $(_dittoctl_names client locks clients)
		else
			_dittoctl_client
		fi
		;;
	--option) _dittoctl_words crossmnt mac async locks=mixed locks=mandatory \
		locks=advisory ;;
	--group)
		_dittoctl_words $(dittoctl stats --json 2>/dev/null |
			sed -n 's/^  "\(.*\)": {$/\1/p')
		;;
	--address) _dittoctl_words $(ip -o addr 2>/dev/null |
		awk '{ sub("/.*", "", $4); print $4 }') ;;
	--file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
	--port|--fsid) ;;
	*) return 1 ;;
	esac
}

_dittoctl_options()
{
	case $1 in
	"export add")
		_dittoctl_words --path --nfs --smb --client --fsid --option --replace --json --help
		;;
	"listen add") _dittoctl_words --port --address --tcp --udp --no-dittod --json --help ;;
	"listen remove") _dittoctl_words --port --address --tcp --udp --json --help ;;
	"locks release") _dittoctl_words --all --json --help ;;
	"locks why"|"locks clients") _dittoctl_words --json --help ;;
	locks*) _dittoctl_words --file --client --watch --json --help ;;
	stats*) _dittoctl_words --group --watch --json --help ;;
	*) _dittoctl_words --json --help ;;
	esac
}

_dittoctl()
{
	local cur prev words cword

	_init_completion -n =: || return
	_dittoctl_value && return
	if [[ $cword -eq 1 ]]; then
		_dittoctl_words status export listen clients locks grace nsm stats settings \
			set apply check stop events --help --version
		return
	fi
	if [[ $cur == -* ]]; then
		_dittoctl_options "${words[1]} ${words[2]}"
		return
	fi
	case "$cword ${words[1]} ${words[2]}" in
	"2 export "*) _dittoctl_words add remove list show ;;
	"2 listen "*) _dittoctl_words add remove list ;;
	"2 clients "*) _dittoctl_words list kill forget ;;
	"2 locks "*) _dittoctl_words list why release clients ;;
	"2 grace "*) _dittoctl_words show end ;;
	"2 nsm "*) _dittoctl_words show ;;
	"2 set "*) _dittoctl_words $(_dittoctl_names name settings) ;;
	"2 apply "*|"2 check "*) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
	"3 export remove"|"3 export show") _dittoctl_words $(_dittoctl_names name export list) ;;
	"3 listen add") _dittoctl_words nfs ;;
	"3 listen remove") _dittoctl_words $(_dittoctl_names service listen list) ;;
	"3 clients kill") _dittoctl_words $(_dittoctl_names id clients) ;;
	"3 clients forget") _dittoctl_words $(_dittoctl_names id locks clients) ;;
	"3 locks release") _dittoctl_words $(_dittoctl_names id locks list) ;;
	"3 locks why") compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
} &&
	complete -F _dittoctl dittoctl
